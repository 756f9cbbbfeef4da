import { randomUUID } from 'node:crypto';
import type { AnswerEvent, DoneEvent } from '#engine/events.ts';
import type { AnswerReceipt } from '#contract/rest.ts';

/** Tokens as OpenAI counts them; those of clips are part of the prompt, and told apart. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly video_tokens: number };
}

/** One answer in the two forms of OpenAI's API: a `chat.completion`, or the chunks of a stream. */
export class Completion {
  readonly #head: { id: string; created: number; model: string; system_fingerprint: string };

  constructor(model: { readonly name: string; readonly hash: string }) {
    const created = Math.floor(Date.now() / 1000);
    const fingerprint = `fp_${model.hash.slice(0, 12)}`;
    this.#head = {
      id: `chatcmpl-${randomUUID()}`,
      created,
      model: model.name,
      system_fingerprint: fingerprint,
    };
  }

  whole(done: DoneEvent) {
    const message = { role: 'assistant', content: done.text, refusal: null };
    return {
      ...this.#head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: finishReason(done), logprobs: null }],
      usage: usageOf(done),
      confidence: done.confidence,
      receipt: done.receipt,
    };
  }

  /** The first chunk tells the role, those that follow a piece of text each. */
  words(content: string, isFirst: boolean) {
    return this.#chunk([choice(isFirst ? { role: 'assistant', content } : { content }, null)]);
  }

  end(done: DoneEvent) {
    const { confidence, receipt } = done;
    return { ...this.#chunk([choice({}, finishReason(done))]), confidence, receipt };
  }

  usage(done: DoneEvent) {
    return { ...this.#chunk([]), usage: usageOf(done) };
  }

  progress(progress: Extract<AnswerEvent, { type: 'progress' }>) {
    return { ...this.#chunk([]), progress };
  }

  #chunk(choices: readonly ReturnType<typeof choice>[]) {
    return { ...this.#head, object: 'chat.completion.chunk', choices };
  }
}

function choice(delta: { role?: string; content?: string }, finishReason: string | null) {
  return { index: 0, delta, finish_reason: finishReason, logprobs: null };
}

function finishReason({ reason }: DoneEvent): 'stop' | 'length' {
  return reason === 'length' ? 'length' : 'stop';
}

function usageOf({ promptTokens, reusedTokens, answerTokens, receipt }: DoneEvent): Usage {
  const prompt = promptTokens + reusedTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: answerTokens,
    total_tokens: prompt + answerTokens,
    prompt_tokens_details: { cached_tokens: reusedTokens, video_tokens: videoTokens(receipt) },
  };
}

function videoTokens(receipt: AnswerReceipt | undefined): number {
  return (receipt?.clips ?? []).reduce((sum, { videoTokens: { count } }) => sum + count, 0);
}
