import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { SilentReader } from '#bench/scripted/silent-reader.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('connections of one client', () => {
  const folder = tempFolder();
  const lines = new PassThrough().setEncoding('utf8');
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { maxConnections: 2, log: pino(lines) });
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
  /** Resolves when the log has a line with these words. */
  async function logged(words: string): Promise<void> {
    for (;;) {
      const [text]: string[] = await once(lines, 'data');
      if (text?.includes(words)) return;
    }
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

  test('end where one asks and asks and reads nothing', async () => {
    lines.resume();
    const writer = new TestClient(server.url);
    for (let made = 0; made < 200; made++) await writer.request('conversation:create', {});
    const closed = logged('asks without reading');
    const reader = await SilentReader.connect(server.url);
    try {
      // more than the machine itself buffers for a connection
      for (let asked = 0; asked < 1000; asked++) reader.ask('conversation:list', { limit: 200 });
      await closed;
      reader.readOn();
      await reader.closed;
      await writer.request('conversation:list', {});
    } finally {
      reader.end();
      writer.socket.disconnect();
    }
  });
});
