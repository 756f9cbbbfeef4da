import { useLayoutEffect, useRef } from 'preact/hooks';
import type { MathToken } from './math.ts';

/** A formula as MathML, which screen readers know; in TeX until what sets it is there, and where it cannot be read. */
export function Formula({ tex, raw, isDisplayed }: Pick<MathToken, 'tex' | 'raw' | 'isDisplayed'>) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    let isGone = false;
    if (place.current !== null) place.current.textContent = raw;
    const draw = async () => {
      const [{ default: temml }] = await Promise.all([import('temml'), import('temml/dist/Temml-Local.css')]);
      if (isGone || place.current === null) return;
      try {
        temml.render(tex, place.current, { displayMode: isDisplayed, throwOnError: true, maxExpand: 200 });
      } catch {
        place.current.textContent = raw;
      }
    };
    // without the library the formula stays as it was written
    void draw().catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [tex, raw, isDisplayed]);
  return <span ref={place} class={isDisplayed ? 'formula displayed' : 'formula'} />;
}
