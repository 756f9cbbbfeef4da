import type { ChatService } from '#chat/chat-service.ts';
import type { Conversation, Message, Replies, Requests } from '#contract/chat.ts';
import type { StoredConversation, StoredMessage } from '#store/chat-rows.ts';
import type { Sent } from '#store/question-store.ts';
import type { Viewer } from '#store/viewer.ts';
import type { Preparations } from './preparations.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What a request is handled with. */
export interface RequestContext {
  readonly chat: ChatService;
  readonly viewer: Viewer;
  readonly preparations: Preparations;
  readonly subscriptions: Subscriptions;
  /** Tells the other connections that may see the conversation that it has changed. */
  readonly announce: (conversation: StoredConversation) => void;
}

/**
 * What a request takes of the server. `end` only ends something: it is never held up by a limit. `read` changes nothing.
 * `work` changes something or makes the model work.
 */
export type RequestCost = 'end' | 'read' | 'work';

interface Handler<Name extends keyof Requests> {
  readonly cost: RequestCost;
  handle(request: Requests[Name], context: RequestContext): Replies[Name] | Promise<Replies[Name]>;
}

/** One for each request that the contract declares. */
export type Handlers = { readonly [Name in keyof Requests]: Handler<Name> };

export const handlers: Handlers = {
  'video:prepare': {
    cost: 'work',
    handle: (request, { chat, viewer, preparations }) =>
      preparations.run(request.videoId, (options) => chat.prepare(viewer, request, options)),
  },
  'video:cancel': {
    cost: 'end',
    handle({ videoId }, { preparations }) {
      preparations.cancel(videoId);
      return {};
    },
  },
  'conversation:create': {
    cost: 'work',
    handle: async (request, { chat, viewer }) => ({
      conversation: shown(await chat.create(viewer, request)),
    }),
  },
  'conversation:list': {
    cost: 'read',
    handle: async (request, { chat, viewer }) => ({
      conversations: (await chat.list(viewer, request)).map(shown),
    }),
  },
  'conversation:import': {
    cost: 'work',
    async handle(file, { chat, viewer, announce }) {
      const { conversation, missingClips } = await chat.import(viewer, file);
      announce(conversation);
      return { conversation: shown(conversation), missingClips };
    },
  },
  'conversation:read': {
    cost: 'read',
    handle({ conversationId }, { chat, viewer }) {
      const { conversation, messages, clips } = chat.read(viewer, conversationId);
      return { conversation: shown(conversation), messages: messages.map(shownMessage), clips };
    },
  },
  'conversation:rename': {
    cost: 'work',
    handle: async ({ conversationId, title }, { chat, viewer, announce }) => {
      const conversation = await chat.rename(viewer, conversationId, title);
      announce(conversation);
      return { conversation: shown(conversation) };
    },
  },
  'conversation:pin': {
    cost: 'work',
    async handle({ conversationId, pinned }, { chat, viewer, announce }) {
      announce(await chat.pin(viewer, conversationId, pinned));
      return {};
    },
  },
  'conversation:share': {
    cost: 'work',
    async handle({ conversationId, shared }, { chat, viewer, announce }) {
      const conversation = await chat.share(viewer, conversationId, shared);
      // also to those who cannot see it any more
      announce({ ...conversation, shared: true });
      return { conversation: shown(conversation) };
    },
  },
  'conversation:delete': {
    cost: 'work',
    async handle({ conversationId }, { chat, viewer, announce }) {
      announce(await chat.delete(viewer, conversationId));
      return {};
    },
  },
  'message:send': {
    cost: 'work',
    handle: async (request, context) => subscribed(await context.chat.send(context.viewer, request), context),
  },
  'message:regenerate': {
    cost: 'work',
    handle: async (request, context) =>
      subscribed(await context.chat.regenerate(context.viewer, request), context),
  },
  'message:continue': {
    cost: 'work',
    handle: async (request, context) =>
      subscribed(await context.chat.continue(context.viewer, request), context),
  },
  'message:delete': {
    cost: 'work',
    async handle(request, { chat, viewer, announce }) {
      announce(await chat.deleteMessage(viewer, request));
      return {};
    },
  },
  'generation:stop': {
    cost: 'end',
    handle({ generationId }, { chat, viewer }) {
      chat.stop(viewer, generationId);
      return {};
    },
  },
  'generation:subscribe': {
    cost: 'read',
    handle: ({ generationId, after }, { viewer, subscriptions }) => ({
      lastSeq: subscriptions.open(viewer, generationId, after),
    }),
  },
};

/** The sender of a message is subscribed to its answer from the first event. */
function subscribed(
  { question, answer }: Sent,
  { chat, viewer, subscriptions, announce }: RequestContext,
): Replies['message:send'] {
  if (answer.generationId !== null) subscriptions.open(viewer, answer.generationId, 0);
  announce(chat.find(viewer, question.conversationId));
  return { question: shownMessage(question), answer: shownMessage(answer) };
}

function shownMessage({ conversationId: _conversationId, ...message }: StoredMessage): Message {
  return message;
}

/** Without what clients are not told. */
function shown<T extends StoredConversation>({
  owner: _owner,
  ...conversation
}: T): Omit<T, 'owner'> & Conversation {
  return conversation;
}
