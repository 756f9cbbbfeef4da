import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { Failure } from '../state/failure.ts';
import { ClipFinder } from './clip-finder.tsx';
import { DemoNotice } from './demo-notice.tsx';
import { FailureLine } from './failure-line.tsx';
import { FileButton } from './file-button.tsx';
import { Icon } from './icon.tsx';
import { canRecord, Recorder } from './recorder.tsx';
import { SampleGallery } from './sample-gallery.tsx';

interface StartViewProps {
  readonly app: AppState;
  readonly failure: Failure | undefined;
}

export function StartView({ app, failure }: StartViewProps) {
  const t = texts.value;
  return (
    <main class="start" ref={app.landmarks.ref('content')} tabIndex={-1}>
      <DemoNotice app={app} />
      <h1>{t.title}</h1>
      <p class="lead">{t.lead}</p>
      {app.isStarting.value && (
        <p class="starting" role="status">
          {t.status.starting}
        </p>
      )}
      {failure && <FailureLine failure={failure} />}
      <FileButton
        class="drop-zone"
        accept={app.clipFormats.accept}
        onFiles={(files) => void app.beginWith(files)}
      >
        <img src="/clip.svg" alt="" width="48" height="48" />
        <span class="drop-zone-title">{t.dropHere}</span>
        <span class="button primary">{t.chooseFile}</span>
        <span class="hint">{app.clipFormats.hint && `${app.clipFormats.hint}, ${t.pictures}`}</span>
      </FileButton>
      <div class="start-ways">
        {canRecord() && <Recorder onFile={(file) => void app.beginWith([file])} />}
        <button type="button" class="button quiet" onClick={() => app.beginWithoutClip()}>
          <Icon name="message-square" size={16} />
          {t.withoutClip}
        </button>
      </div>
      <SampleGallery app={app} />
      {app.model.value?.canSearch === true && <ClipFinder app={app} />}
    </main>
  );
}
