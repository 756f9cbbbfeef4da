import type { Conversation, GenerationEvent, Message } from '#contract/chat.ts';
import type { Failure } from './failure.ts';

type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { type: Type }>;

/** What the server is busy with before words come. */
export type Work = Pick<EventOf<'progress'>, 'stage' | 'done' | 'total'>;

/** How an answer ended, beyond what its state says. */
export interface Ending {
  readonly done?: EventOf<'done'>;
  readonly failure?: Failure;
}

/** A conversation as the server keeps it: messages are a tree, of which one branch is shown. */
export interface OpenConversation {
  readonly info: Conversation;
  readonly messages: readonly Message[];
  /** Which child of a message is shown, where it is not the newest; the start has the key ''. */
  readonly chosen: ReadonlyMap<string, string>;
  readonly endings: ReadonlyMap<string, Ending>;
  /** Messages that are deleted here and not yet on the server. */
  readonly hidden: ReadonlySet<string>;
}

/** A message among those that could stand in its place. */
export interface TreeMessage {
  readonly message: Message;
  readonly siblings: readonly string[];
}

export interface Turn {
  readonly question: TreeMessage;
  readonly answer: TreeMessage | undefined;
  readonly ending: Ending | undefined;
}

export function openConversation(info: Conversation, messages: readonly Message[]): OpenConversation {
  return { info, messages, chosen: new Map(), endings: new Map(), hidden: new Set() };
}

/** The shown branch, from the first question on. */
export function turnsOf(conversation: OpenConversation): Turn[] {
  const path = pathOf(conversation);
  return path.flatMap((question, index) => {
    if (question.message.role !== 'user') return [];
    const answer = path[index + 1];
    const ending = answer && conversation.endings.get(answer.message.id);
    return [{ question, answer, ending }];
  });
}

function pathOf({ messages, chosen, hidden }: OpenConversation): TreeMessage[] {
  const childrenOf = new Map<string, Message[]>();
  for (const message of messages) {
    if (hidden.has(message.id)) continue;
    const siblings = childrenOf.get(message.parentId ?? '');
    if (siblings === undefined) childrenOf.set(message.parentId ?? '', [message]);
    else siblings.push(message);
  }
  const path: TreeMessage[] = [];
  let parent: string | null = null;
  for (;;) {
    const children: readonly Message[] = childrenOf.get(parent ?? '') ?? [];
    const wanted = chosen.get(parent ?? '');
    const message = children.find(({ id }) => id === wanted) ?? children.at(-1);
    if (message === undefined) return path;
    path.push({ message, siblings: children.map(({ id }) => id) });
    parent = message.id;
  }
}

/** The last answer on the shown branch: what the next question follows. */
export function lastAnswer(conversation: OpenConversation): Message | undefined {
  return turnsOf(conversation).at(-1)?.answer?.message;
}

export function runningAnswer(conversation: OpenConversation): Message | undefined {
  return conversation.messages.find(({ state }) => state === 'running');
}

/** Shows another branch at a message's place. */
export function withChoice(
  conversation: OpenConversation,
  { parentId }: Message,
  id: string,
): OpenConversation {
  return { ...conversation, chosen: new Map([...conversation.chosen, [parentId ?? '', id]]) };
}

/** A question with the answer that the server begins. */
export interface Exchange {
  readonly question: Message;
  readonly answer: Message;
}

/** Adds an exchange, and shows it. What is there already keeps its place: a question, or an answer that goes on. */
export function withExchange(
  conversation: OpenConversation,
  { question, answer }: Exchange,
): OpenConversation {
  const isNew = ({ id }: Message): boolean => conversation.messages.every((message) => message.id !== id);
  const kept = conversation.messages.map((message) => (message.id === answer.id ? answer : message));
  const messages = [...kept, ...[question, answer].filter(isNew)];
  const endings = new Map([...conversation.endings].filter(([id]) => id !== answer.id));
  return showing({ ...conversation, messages, endings }, answer);
}

/** The messages as the server has them by now; what streams in on this page keeps its text. */
export function withMessages(
  conversation: OpenConversation,
  info: Conversation,
  messages: readonly Message[],
): OpenConversation {
  const streaming = new Map(
    conversation.messages.flatMap((message) =>
      message.state === 'running' ? [[message.generationId, message] as const] : [],
    ),
  );
  return {
    ...conversation,
    info,
    messages: messages.map((message) =>
      message.state === 'running' ? (streaming.get(message.generationId) ?? message) : message,
    ),
  };
}

/** Takes a message, and with it all that follows, out of sight or brings it back. */
export function withHidden(
  conversation: OpenConversation,
  messageId: string,
  isHidden: boolean,
): OpenConversation {
  const hidden = new Set(conversation.hidden);
  if (isHidden) hidden.add(messageId);
  else hidden.delete(messageId);
  return { ...conversation, hidden };
}

/** Without a message and all that follows it. */
export function withoutBranch(conversation: OpenConversation, messageId: string): OpenConversation {
  const gone = new Set([messageId]);
  // parents come before their children
  for (const { id, parentId } of conversation.messages) {
    if (parentId !== null && gone.has(parentId)) gone.add(id);
  }
  const messages = conversation.messages.filter(({ id }) => !gone.has(id));
  return { ...withHidden(conversation, messageId, false), messages };
}

/** Shows the branch that leads to a message. */
function showing(conversation: OpenConversation, message: Message): OpenConversation {
  const shown = withChoice(conversation, message, message.id);
  const parent = conversation.messages.find(({ id }) => id === message.parentId);
  return parent === undefined ? shown : showing(shown, parent);
}

/** Before all words of an answer are told again. */
export function withoutText(conversation: OpenConversation, generationId: string): OpenConversation {
  return mapAnswer(conversation, generationId, (answer) => ({ ...answer, text: '' }));
}

/** The one place where the server's events become what the page shows; those of other conversations change nothing. */
export function foldEvent(
  conversation: OpenConversation,
  generationId: string,
  event: GenerationEvent,
): OpenConversation {
  switch (event.type) {
    case 'progress':
      return conversation;
    case 'token':
      return mapAnswer(conversation, generationId, (answer) => ({
        ...answer,
        text: answer.text + event.text,
      }));
    case 'done': {
      const state = event.reason === 'stopped' ? 'stopped' : 'done';
      const confidence = event.confidence?.value;
      const how = {
        text: event.text,
        state,
        cutOff: event.reason === 'length',
        ...(confidence !== undefined && { confidence }),
      } as const;
      const ended = mapAnswer(conversation, generationId, (answer) => ({ ...answer, ...how }));
      return ending(ended, generationId, { done: event });
    }
    case 'error': {
      const state = event.code === 'interrupted' ? 'interrupted' : 'failed';
      const ended = mapAnswer(conversation, generationId, (answer) => ({
        ...answer,
        text: event.text,
        state,
      }));
      const failure = { code: event.code, message: event.message };
      return ending(ended, generationId, { failure });
    }
    default:
      event satisfies never;
      return conversation;
  }
}

function mapAnswer(
  conversation: OpenConversation,
  generationId: string,
  change: (answer: Message) => Message,
): OpenConversation {
  const messages = conversation.messages.map((message) =>
    message.generationId === generationId ? change(message) : message,
  );
  return { ...conversation, messages };
}

function ending(conversation: OpenConversation, generationId: string, how: Ending): OpenConversation {
  const answer = conversation.messages.find((message) => message.generationId === generationId);
  if (answer === undefined) return conversation;
  return { ...conversation, endings: new Map([...conversation.endings, [answer.id, how]]) };
}
