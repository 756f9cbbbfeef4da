import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('connections of one client', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { maxConnections: 2 });
  });
  after(() => server.close());

  async function connects(client: TestClient): Promise<boolean> {
    const { socket } = client;
    const connected = new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('connect_error', () => resolve(false));
    });
    return socket.connected || connected;
  }
  test('are bounded; one that ends makes room', async () => {
    const clients = [0, 1].map(() => new TestClient(server.url));
    try {
      for (const client of clients) assert(await connects(client));
      assert.equal(await connects(new TestClient(server.url)), false);
      clients[0]?.socket.disconnect();
      // the server hears of the end a moment later
      for (let isFree = false; !isFree; ) {
        const next = new TestClient(server.url);
        clients.push(next);
        isFree = await connects(next);
      }
    } finally {
      for (const { socket } of clients) socket.disconnect();
    }
  });
});
