import { texts } from '../messages/language.ts';
import type { Findings } from '../state/screen.ts';
import { relativeWeight } from '../state/relative-weight.ts';
import { FailureLine } from './failure-line.tsx';

interface MatchedWordsProps {
  /** w', how much each word matters to the clip. */
  readonly matched: readonly { readonly text: string; readonly weight: number }[];
}

/** A text, its words shaded by how much they matter to the clip (the paper's figure 10). */
export function MatchedWords({ matched }: MatchedWordsProps) {
  const weights = matched.map(({ weight }) => weight);
  return (
    <ul class="matched" aria-label={texts.value.match.words}>
      {matched.map(({ text, weight }, index) => (
        <li
          key={index}
          style={`--weight: ${relativeWeight(weight, weights)}`}
          title={`${Math.round(weight * 100)} %`}
        >
          {text}
        </li>
      ))}
    </ul>
  );
}

/** The words of a question, once the server has compared them with the clip. */
export function Matched({
  value,
  failure,
  question,
}: NonNullable<Findings['matched']> & { question: string }) {
  const { match: t } = texts.value;
  if (failure !== undefined) return <FailureLine failure={failure} />;
  if (value === undefined) return <p class="hint">{t.looking}</p>;
  const letters = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '').length;
  const isCut = letters(value.words.map(({ text }) => text).join('')) < letters(question);
  return (
    <div class="matched-box">
      <MatchedWords matched={value.words} />
      <p class="hint">
        {t.encoder} {isCut && t.cut}
      </p>
    </div>
  );
}
