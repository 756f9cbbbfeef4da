import { captionReply } from '../../server/contract.ts';
import { longestText, matchReply } from '../../server/retrieval/contract.ts';
import type { Display } from './display.ts';
import { failureFrom } from './failure.ts';
import { ask } from './rest.ts';
import type { ChatScreen, EncoderMode, Found, FrameOrder, Insight } from './screen.ts';
import type { Placed } from './talk.ts';

/** Looks behind the answers about the shown clip. Nothing of it is kept by the server. No method rejects. */
export class Insights {
  readonly #display: Display;

  constructor(display: Display) {
    this.#display = display;
  }

  /** The question alone, with the video branch and without it. */
  compare(question: Placed): Promise<void> {
    const find = async (look: Look) => {
      const [stan, plain] = await Promise.all([look.answer('stan'), look.answer('plain')]);
      return { stan, plain };
    };
    return this.#find(question, find, (compared) => ({ compared }));
  }

  /** Whether the answer follows the order of the frames: the clip as it is, backwards and shuffled. */
  order(question: Placed): Promise<void> {
    const find = async (look: Look) => {
      const both = async (mode: EncoderMode) => {
        const [forward, reverse, shuffle] = await Promise.all([
          look.answer(mode, 'forward'),
          look.answer(mode, 'reverse'),
          look.answer(mode, 'shuffle'),
        ]);
        return { forward, reverse, shuffle };
      };
      return { stan: await both('stan'), plain: await both('plain') };
    };
    return this.#find(question, find, (ordered) => ({ ordered }));
  }

  /** Which frames match the question's words; they shade the film strip from then on. */
  async match(question: Placed): Promise<void> {
    this.#display.change((chat) => ({ ...chat, shading: question.message.id }));
    await this.#find(
      question,
      (look) => look.match(),
      (matched) => ({ matched }),
    );
  }

  async #find<T>(
    { message: { id, text } }: Placed,
    find: (look: Look) => Promise<T>,
    insightOf: (found: Found<T>) => Insight,
  ): Promise<void> {
    const { left, chat } = this.#display;
    const videoId = chat?.shown;
    if (videoId === undefined) return;
    const show = (found: Found<T>): void => {
      if (!left.aborted) this.#display.change((now) => withInsight(now, id, insightOf(found)));
    };
    show({});
    try {
      show({ value: await find(new Look(videoId, text, left)) });
    } catch (thrown) {
      show({ failure: failureFrom(thrown) });
    }
  }
}

/** One question about one clip. */
class Look {
  readonly #videoId: string;
  readonly #question: string;
  readonly #signal: AbortSignal;

  constructor(videoId: string, question: string, signal: AbortSignal) {
    this.#videoId = videoId;
    this.#question = question;
    this.#signal = signal;
  }

  async answer(mode: EncoderMode, order: FrameOrder = 'forward'): Promise<string> {
    const body = { videoId: this.#videoId, prompt: this.#question, mode, order };
    return (await ask(captionReply, { path: '/v1/captions', body, signal: this.#signal })).caption;
  }

  match() {
    const path = `/v1/videos/${this.#videoId}/match`;
    const body = { text: this.#question.slice(0, longestText) };
    return ask(matchReply, { path, body, signal: this.#signal });
  }
}

function withInsight(chat: ChatScreen, id: string, found: Insight): ChatScreen {
  return { ...chat, insights: new Map([...chat.insights, [id, { ...chat.insights.get(id), ...found }]]) };
}
