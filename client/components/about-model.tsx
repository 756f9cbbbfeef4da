import { words } from '../messages/language.ts';
import type { Model } from '../state/model.ts';
import { demoModel } from '../state/wording.ts';

/** Which package is loaded, and what it knows. */
export function AboutModel({ model: { name, about } }: { readonly model: Model }) {
  const { demoAbout, demoCommand } = words.value;
  const isDemo = name === demoModel;
  return (
    <p class="about">
      <strong>{name}</strong> <span>{(isDemo && demoAbout) || about}</span>{' '}
      {isDemo && (
        <>
          {demoCommand} <code>npm run -s models -- pull llava-1.1-7b-bt-adapter</code>
        </>
      )}
    </p>
  );
}
