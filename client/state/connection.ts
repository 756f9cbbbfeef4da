import { signal } from '@preact/signals';
import { io } from 'socket.io-client';
import type { NumberedEvent, Replies } from '#contract/chat.ts';
import { ChatClient, type Payload, type PrepareProgress } from '#contract/client-chat.ts';
import type { ClientError } from '#contract/client-error.ts';

export interface ConnectionEvents {
  readonly onGeneration: (event: NumberedEvent) => void;
  readonly onPrepareProgress: (progress: PrepareProgress) => void;
  /** Another client changed a conversation. */
  readonly onConversationChanged: (conversationId: string) => void;
  /** The connection is there again: subscriptions have to be made anew. */
  readonly onBack: () => void;
  /** Something of the server's is missing on the page. */
  readonly onUnreadable: (error: ClientError) => void;
}

/** The page's one connection to the server, which comes back by itself. */
export class Connection {
  /** Whether the server can be reached right now. */
  readonly isOpen = signal(true);
  readonly #client: ChatClient;
  #wasOpen = false;

  constructor({ onBack, ...events }: ConnectionEvents) {
    const socket = io({ transports: ['websocket', 'polling'], tryAllTransports: true });
    this.#client = new ChatClient(socket, {
      ...events,
      onConnection: (isOpen) => {
        this.isOpen.value = isOpen;
        if (isOpen && this.#wasOpen) onBack();
        this.#wasOpen ||= isOpen;
      },
    });
  }

  /** What the server answers. Throws `ClientError`: what it refuses, or that it cannot be reached. */
  request<Name extends keyof Replies>(name: Name, payload: Payload<Name>): Promise<Replies[Name]> {
    return this.#client.request(name, payload);
  }
}
