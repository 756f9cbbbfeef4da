import type { SearchReply } from '#contract/search.ts';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { FailureLine } from './failure-line.tsx';
import { Filmstrip } from './filmstrip.tsx';
import { MatchedWords } from './matched-words.tsx';

/** Finds clips of the server by words, and shows why: the frames that match, and the words that matter. */
export function ClipFinder({ app }: { readonly app: AppState }) {
  const { finder } = app;
  const t = texts.value.find;
  const found = finder.found.value;
  return (
    <section class="finder" aria-label={t.title}>
      <form
        class="finder-form"
        onSubmit={(event) => {
          event.preventDefault();
          const query = new FormData(event.currentTarget).get('query');
          if (typeof query === 'string') void finder.find(query.trim());
        }}
      >
        <input class="field" type="search" name="query" aria-label={t.title} placeholder={t.placeholder} />
        <button type="submit" class="button">
          {t.find}
        </button>
      </form>
      {finder.failure.value && <FailureLine failure={finder.failure.value} />}
      <p class="hint" role="status">
        {finder.isBusy.value ? t.searching : found && outcome(found)}
      </p>
      {found && (
        <ol class="hits">
          {found.results.map((hit) => (
            <li key={hit.videoId}>
              <Hit hit={hit} query={found.words} app={app} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Nothing matches only where the model draws a line; without one, an empty list says that there are no clips. */
function outcome({ results, pending, cutOff }: SearchReply): string {
  const { find: t } = texts.value;
  return results.length === 0 && cutOff !== undefined ? t.nothing(pending) : t.found(results.length, pending);
}

interface HitProps {
  readonly hit: SearchReply['results'][number];
  readonly query: SearchReply['words'];
  readonly app: AppState;
}

function Hit({ hit, query, app }: HitProps) {
  const { videoId, name, score, frames, frameWeights, wordWeights } = hit;
  const open = () => app.beginWithStored([videoId]);
  const matched = query.map(({ text }, index) => ({ text, weight: wordWeights[index] ?? 0 }));
  return (
    <article class="hit" aria-label={name}>
      <p class="hit-head">
        <button type="button" class="hit-name" title={name} onClick={open}>
          {name}
        </button>
        <span class="hint" title={texts.value.find.score(score.toFixed(3))}>
          {score.toFixed(2)}
        </span>
      </p>
      <Filmstrip
        fit={app.model.value?.fit}
        videoId={videoId}
        times={frames}
        weights={frameWeights}
        onFrame={open}
      />
      <MatchedWords matched={matched} />
    </article>
  );
}
