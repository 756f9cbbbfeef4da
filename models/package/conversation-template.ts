import { z } from 'zod';

/** Text as it is, or control tokens of the vocabulary among it, by their names; what people type never becomes one. */
const literal = z.union([
  z.string(),
  z.array(z.union([z.string(), z.strictObject({ token: z.string().min(1) })])),
]);
type Literal = z.infer<typeof literal>;

/** The literal texts around a conversation's turns; one file each in prompts/conversation. */
export const conversationTemplate = z.strictObject({
  name: z.string(),
  /** Put the model's BOS token first. */
  bos: z.boolean(),
  /** Before the first turn; empty for none. Other words may stand here in its place, between `beforeSystem` and `afterSystem`. */
  system: z.string(),
  beforeSystem: literal.optional(),
  afterSystem: literal.optional(),
  /** Before a user turn; the clips come right after it (video first, so that its KV cache serves every question). */
  user: literal,
  beforeVideo: literal.optional(),
  /** Between a clip and the question. */
  afterVideo: literal,
  /** In front of a segment of a long clip, with `{start}` and `{end}` for its times; `[{start}-{end}] ` where left out. */
  part: z.string().optional(),
  /** Between the user's question and the answer. */
  assistant: literal,
  afterAnswer: literal.optional(),
  /** Put the model's EOS token after each answer. */
  eosAfterAnswer: z.boolean(),
});
export type ConversationTemplate = z.infer<typeof conversationTemplate>;

/**
 * A prompt is a list of parts, never one string: what a user types is always `text`, so it can never become a
 * control token or another clip's tokens. Texts next to each other are one part, to be split into tokens together.
 */
export type PromptPart =
  | { readonly kind: 'text'; readonly text: string }
  /** An earlier answer of the model: the same tokens again, where they are known. */
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'bos' }
  | { readonly kind: 'eos' }
  /** The vocabulary's control token of this name. */
  | { readonly kind: 'token'; readonly name: string }
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
  const parts: PromptPart[] = template.bos ? [{ kind: 'bos' }] : [];
  const add = (words: Literal = ''): void => {
    parts.push(...partsOf(words));
  };
  if (system !== '') {
    add(template.beforeSystem);
    add(system);
    add(template.afterSystem);
  }
  for (const turn of turns) {
    add(template.user);
    for (const clip of turn.clips) {
      add(template.beforeVideo);
      parts.push({ kind: 'video', clip });
      add(template.afterVideo);
    }
    add(turn.question);
    add(template.assistant);
    if (turn.prefill !== undefined) parts.push({ kind: 'answer', text: turn.prefill });
    if (turn.answer === undefined) continue;
    parts.push({ kind: 'answer', text: turn.answer });
    add(template.afterAnswer);
    if (template.eosAfterAnswer) parts.push({ kind: 'eos' });
  }
  return spacedOut(joined(parts));
}

/** Names of the control tokens that a template needs in the vocabulary. */
export function controlTokens(template: ConversationTemplate): string[] {
  const literals = [
    template.beforeSystem,
    template.afterSystem,
    template.user,
    template.beforeVideo,
    template.afterVideo,
    template.assistant,
    template.afterAnswer,
  ];
  const parts = literals.flatMap((words) => partsOf(words ?? ''));
  return [...new Set(parts.flatMap((part) => (part.kind === 'token' ? [part.name] : [])))];
}

function partsOf(words: Literal): PromptPart[] {
  return [words].flat().map((one): PromptPart => {
    return typeof one === 'string' ? { kind: 'text', text: one } : { kind: 'token', name: one.token };
  });
}

function joined(parts: readonly PromptPart[]): PromptPart[] {
  const together: PromptPart[] = [];
  for (const part of parts) {
    const before = together.at(-1);
    if (part.kind === 'text' && before?.kind === 'text') {
      together[together.length - 1] = { kind: 'text', text: before.text + part.text };
    } else together.push(part);
  }
  return together;
}

/**
 * The tokenizers that LLaVA was trained with take off the spaces on both sides of a token that was added to the vocabulary
 * (transformers' slow tokenizers). Empty texts are left out.
 */
function spacedOut(parts: readonly PromptPart[]): PromptPart[] {
  return parts.flatMap((part, i): PromptPart[] => {
    if (part.kind !== 'text') return [part];
    const afterToken = parts[i - 1]?.kind === 'token' ? part.text.trimStart() : part.text;
    const text = parts[i + 1]?.kind === 'token' ? afterToken.trimEnd() : afterToken;
    return text === '' ? [] : [{ kind: 'text', text }];
  });
}
