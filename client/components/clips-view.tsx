import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { Failure } from '../state/failure.ts';
import { posterUrl } from '../state/videos.ts';
import { duration, size } from '../state/wording.ts';
import { ClipFinder } from './clip-finder.tsx';
import { FailureLine } from './failure-line.tsx';
import { FileButton } from './file-button.tsx';
import { Icon } from './icon.tsx';

interface ClipsViewProps {
  readonly app: AppState;
  readonly failure: Failure | undefined;
}

/** The clips that the server keeps: to ask about one or several, to find, to delete. */
export function ClipsView({ app, failure }: ClipsViewProps) {
  const { clipLibrary } = app;
  const { clips: t, chooseFile } = texts.value;
  const { value: videos } = clipLibrary.videos;
  const selected = videos.filter(({ id }) => clipLibrary.selected.value.has(id)).map(({ id }) => id);
  const shownFailure = failure ?? clipLibrary.failure.value;
  return (
    <main class="clips" ref={app.landmarks.ref('content')} tabIndex={-1}>
      <div class="clips-head">
        <div>
          <h1>{t.title}</h1>
          <p class="hint">{t.lead}</p>
        </div>
        <FileButton
          class="button"
          accept={app.clipFormats.accept}
          onFiles={(files) => void app.beginWith(files)}
        >
          <Icon name="upload" size={16} />
          {chooseFile}
        </FileButton>
      </div>
      {app.model.value?.canSearch === true && <ClipFinder app={app} />}
      {shownFailure && <FailureLine failure={shownFailure} />}
      {clipLibrary.isLoaded.value && videos.length === 0 && <p class="hint">{t.none}</p>}
      <ul class="clip-grid">
        {videos.map((video) => (
          <li key={video.id}>
            <ClipCard app={app} video={video} />
          </li>
        ))}
      </ul>
      {clipLibrary.hasMore.value && (
        <button type="button" class="button" onClick={() => void clipLibrary.loadMore()}>
          {t.more}
        </button>
      )}
      {selected.length > 0 && (
        <div class="selection" role="toolbar" aria-label={t.selected(selected.length)}>
          <span>{t.selected(selected.length)}</span>
          <button type="button" class="button primary" onClick={() => void app.beginWithStored(selected)}>
            {t.ask(selected.length)}
          </button>
          <button type="button" class="button danger" onClick={() => app.removeClips(selected)}>
            <Icon name="trash" size={16} />
            {t.delete}
          </button>
          <button type="button" class="button quiet" onClick={() => clipLibrary.clearSelection()}>
            {t.clear}
          </button>
        </div>
      )}
    </main>
  );
}

type Video = AppState['clipLibrary']['videos']['value'][number];

function ClipCard({ app, video: { id, name, duration: seconds, bytes } }: { app: AppState; video: Video }) {
  const { clipLibrary } = app;
  const isSelected = clipLibrary.selected.value.has(id);
  const model = app.model.value;
  return (
    <article class={isSelected ? 'clip-card selected' : 'clip-card'} aria-label={name}>
      <button type="button" class="clip-card-open" onClick={() => void app.beginWithStored([id])}>
        {model && <img src={posterUrl(id, model.frames)} alt="" loading="lazy" />}
        <span class="clip-card-length">{duration(seconds)}</span>
        <span class="clip-card-name" title={name}>
          {name}
        </span>
        <span class="hint">{size(bytes)}</span>
      </button>
      <input
        type="checkbox"
        class="clip-card-select"
        aria-label={texts.value.clips.select(name)}
        checked={isSelected}
        onChange={({ currentTarget }) => clipLibrary.select(id, currentTarget.checked)}
      />
    </article>
  );
}
