import { texts } from '../messages/language.ts';

/** Answers that are right less often than this are marked. */
const sureFrom = 0.6;

/** Says that an answer may well be wrong; nothing where it is likely right, or where that is not known. */
export function Doubt({ confidence }: { readonly confidence: number | undefined }) {
  const { chat: t } = texts.value;
  if (confidence === undefined || confidence >= sureFrom) return null;
  return (
    <p class="hint" title={t.rightAbout(Math.round(100 * confidence))}>
      {t.notSure}
    </p>
  );
}
