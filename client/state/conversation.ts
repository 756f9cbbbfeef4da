import type { GenerationEvent } from '../../server/chat/contract.ts';
import { type Failure, failureOf } from './failure.ts';

type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { type: Type }>;

/** What the server is busy with before words come. */
export type Work = Pick<EventOf<'progress'>, 'stage' | 'done' | 'total'>;

export interface Turn {
  readonly kind: 'turn';
  readonly question: string;
  readonly answer: string;
  /** `running` until the answer's last event. */
  readonly state: 'running' | 'failed' | EventOf<'done'>['reason'];
  readonly failure?: Failure;
}

/** A line between turns that tells where a fresh conversation begins. */
export interface Note {
  readonly kind: 'note';
  readonly text: string;
}

export interface Conversation {
  readonly work: Work | undefined;
  readonly entries: readonly (Turn | Note)[];
}

export const emptyConversation: Conversation = { work: undefined, entries: [] };

export function isAnswering({ entries }: Conversation): boolean {
  const last = entries.at(-1);
  return last?.kind === 'turn' && last.state === 'running';
}

export function withQuestion(conversation: Conversation, question: string): Conversation {
  const turn: Turn = { kind: 'turn', question, answer: '', state: 'running' };
  return { ...conversation, entries: [...conversation.entries, turn] };
}

/** Nothing more will come: a running answer ends with what was said of it. */
export function atRest(conversation: Conversation): Conversation {
  return { ...changeTurn(conversation, () => ({ state: 'stopped' })), work: undefined };
}

export function withNote(conversation: Conversation, text: string): Conversation {
  const { entries } = atRest(conversation);
  return { work: undefined, entries: [...entries, { kind: 'note', text }] };
}

/** Ends the running answer with a failure; what was said of it stays. */
export function withFailure(conversation: Conversation, failure: Failure): Conversation {
  return changeTurn(conversation, () => ({ state: 'failed', failure }));
}

/** The one place where the server's events become what the page shows. */
export function foldEvent(conversation: Conversation, event: GenerationEvent): Conversation {
  switch (event.type) {
    case 'progress':
      return { ...conversation, work: { stage: event.stage, done: event.done, total: event.total } };
    case 'token':
      return changeTurn(conversation, ({ answer }) => ({ answer: answer + event.text }));
    case 'done':
      return changeTurn(conversation, () => ({ answer: event.text, state: event.reason }));
    case 'error':
      return withFailure(conversation, failureOf(event.code, event.message));
    default:
      event satisfies never;
      return conversation;
  }
}

/** Changes the running turn; events that come after its end change nothing. */
function changeTurn(conversation: Conversation, change: (turn: Turn) => Partial<Turn>): Conversation {
  const { entries } = conversation;
  const last = entries.at(-1);
  if (last?.kind !== 'turn' || last.state !== 'running') return conversation;
  return { work: undefined, entries: [...entries.slice(0, -1), { ...last, ...change(last) }] };
}
