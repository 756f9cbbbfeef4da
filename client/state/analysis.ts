import { maxTextLength } from '#contract/search.ts';
import type { ViewState } from './view-state.ts';
import { failureFrom } from './failure.ts';
import { rest } from './rest.ts';
import type { ChatScreen, EncoderMode, Found, FrameOrder, Findings } from './screen.ts';
import type { ClipPart } from './clip-part.ts';
import type { TreeMessage } from './conversation.ts';

/** Looks behind the answers about the shown clip. Nothing of it is kept by the server. No method rejects. */
export class Analysis {
  readonly #view: ViewState;

  constructor(view: ViewState) {
    this.#view = view;
  }

  /** The question alone, with the video branch and without it. */
  compare(question: TreeMessage): Promise<void> {
    const find = async (question: AnalysedQuestion) => {
      const [stan, plain] = await Promise.all([question.answer('stan'), question.answer('plain')]);
      return { stan, plain };
    };
    return this.#find(question, find, (compared) => ({ compared }));
  }

  /** Whether the answer follows the order of the frames: the clip as it is, backwards and shuffled. */
  order(question: TreeMessage): Promise<void> {
    const find = async (question: AnalysedQuestion) => {
      const both = async (mode: EncoderMode) => {
        const [forward, reverse, shuffle] = await Promise.all([
          question.answer(mode, 'forward'),
          question.answer(mode, 'reverse'),
          question.answer(mode, 'shuffle'),
        ]);
        return { forward, reverse, shuffle };
      };
      return { stan: await both('stan'), plain: await both('plain') };
    };
    return this.#find(question, find, (ordered) => ({ ordered }));
  }

  /** Which frames match the question's words; they shade the film strip from then on. */
  async match(question: TreeMessage): Promise<void> {
    this.#view.change((chat) => ({ ...chat, shadedBy: question.message.id }));
    await this.#find(
      question,
      (question) => question.match(),
      (matched) => ({ matched }),
    );
  }

  async #find<T>(
    { message: { id, text } }: TreeMessage,
    find: (question: AnalysedQuestion) => Promise<T>,
    findingsOf: (found: Found<T>) => Findings,
  ): Promise<void> {
    const { signal, chat } = this.#view;
    const videoId = chat?.shown;
    const asked = chat?.parts.get(id);
    const part = asked?.videoId === videoId ? asked : undefined;
    if (videoId === undefined) return;
    const show = (found: Found<T>): void => {
      if (!signal.aborted) this.#view.change((now) => withFindings(now, id, findingsOf(found)));
    };
    show({});
    try {
      show({ value: await find(new AnalysedQuestion(videoId, { text, part }, signal)) });
    } catch (thrown) {
      show({ failure: failureFrom(thrown) });
    }
  }
}

/** One question about one clip. */
class AnalysedQuestion {
  readonly #videoId: string;
  readonly #question: string;
  readonly #part: ClipPart | undefined;
  readonly #signal: AbortSignal;

  constructor(
    videoId: string,
    { text, part }: { readonly text: string; readonly part: ClipPart | undefined },
    signal: AbortSignal,
  ) {
    this.#videoId = videoId;
    this.#question = text;
    this.#part = part;
    this.#signal = signal;
  }

  async answer(mode: EncoderMode, order: FrameOrder = 'forward'): Promise<string> {
    const bounds = this.#part && { start: this.#part.start, end: this.#part.end };
    const question = { videoId: this.#videoId, prompt: this.#question, mode, order, ...bounds };
    return (await rest.caption(question, this.#signal)).caption;
  }

  match() {
    return rest.match(this.#videoId, this.#question.slice(0, maxTextLength), this.#signal);
  }
}

function withFindings(chat: ChatScreen, id: string, found: Findings): ChatScreen {
  return { ...chat, findings: new Map([...chat.findings, [id, { ...chat.findings.get(id), ...found }]]) };
}
