import { z } from 'zod';

/** The literal texts around a conversation's turns; one file each in prompts/conversation. */
export const conversationTemplate = z.strictObject({
  name: z.string(),
  /** Put the model's BOS token first. */
  bos: z.boolean(),
  /** Text before the first turn; empty for none. */
  system: z.string(),
  /** Before a user turn; the clips come right after it (video first, so that its KV cache serves every question). */
  user: z.string(),
  /** Between a clip and the question. */
  afterVideo: z.string(),
  /** In front of a segment of a long clip, with `{start}` and `{end}` for its times; `[{start}-{end}] ` where left out. */
  part: z.string().optional(),
  /** Between the user's question and the answer. */
  assistant: z.string(),
  /** Put the model's EOS token after each answer. */
  eosAfterAnswer: z.boolean(),
});
export type ConversationTemplate = z.infer<typeof conversationTemplate>;

/**
 * A prompt is a list of parts, never one string: what a user types is always `text`, so it can never become a
 * control token or another clip's tokens.
 */
export type PromptPart =
  | { readonly kind: 'text'; readonly text: string }
  /** An earlier answer of the model: the same tokens again, where they are known. */
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'bos' }
  | { readonly kind: 'eos' }
  | { readonly kind: 'video'; readonly clip: string };

export interface Turn {
  readonly question: string;
  /** Clips shown with this question, by the caller's own names. */
  readonly clips: readonly string[];
  /** Left out for the turn to be answered. */
  readonly answer?: string;
  /** The beginning of the answer, which the model continues; for the turn to be answered. */
  readonly prefill?: string;
}

/**
 * Renders the turns with the template, with `system` in place of its own text before them. The next token after the last
 * part is the first of the answer.
 */
export function renderConversation(
  template: ConversationTemplate,
  turns: readonly Turn[],
  system = template.system,
): PromptPart[] {
  const parts: PromptPart[] = [];
  const text = (literal: string): void => {
    if (literal !== '') parts.push({ kind: 'text', text: literal });
  };
  if (template.bos) parts.push({ kind: 'bos' });
  text(system);
  for (const turn of turns) {
    text(template.user);
    for (const clip of turn.clips) {
      parts.push({ kind: 'video', clip });
      text(template.afterVideo);
    }
    text(turn.question);
    text(template.assistant);
    if (turn.prefill !== undefined) parts.push({ kind: 'answer', text: turn.prefill });
    if (turn.answer === undefined) continue;
    parts.push({ kind: 'answer', text: turn.answer });
    if (template.eosAfterAnswer) parts.push({ kind: 'eos' });
  }
  return parts;
}
