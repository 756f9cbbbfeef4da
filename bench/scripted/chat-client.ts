import { io, type Socket } from 'socket.io-client';
import type { Replies } from '#contract/chat.ts';
import type { Payload } from '#contract/client-chat.ts';
import { ConversationClient } from '#contract/client-conversation.ts';

/** The contract's client, which also sends whatever a test wants to send, and remembers what it heard. */
export class TestClient extends ConversationClient {
  readonly socket: Socket;
  readonly preparations: unknown[];

  constructor(url: string, options: Parameters<typeof io>[1] = {}) {
    const socket = io(url, {
      forceNew: true,
      reconnection: false,
      transports: ['websocket'],
      ackTimeout: 60_000,
      ...options,
    });
    const preparations: unknown[] = [];
    super(socket, {
      onPrepareProgress: (progress) => preparations.push(progress),
      // the test runner reports it as the failure of the file
      onUnreadable: (error) => {
        throw error;
      },
    });
    this.socket = socket;
    this.preparations = preparations;
  }

  /** Sends an event and resolves to its acknowledgement. */
  send(event: string, payload: unknown) {
    return this.socket.emitWithAck(event, payload);
  }

  /** Any payload: that the server refuses a wrong one is for it to prove. */
  override request<Name extends keyof Replies>(name: Name, payload: unknown): Promise<Replies[Name]> {
    return super.request(name, payload as Payload<Name>);
  }
}
