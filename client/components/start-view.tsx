import { texts } from '../messages/language.ts';
import type { Failure } from '../state/failure.ts';
import type { AppState } from '../state/app-state.ts';
import { AboutModel } from './about-model.tsx';
import { ClipFinder } from './clip-finder.tsx';
import { FailureLine } from './failure-line.tsx';
import { FileButton } from './file-button.tsx';
import { canRecord, Recorder } from './recorder.tsx';

interface StartViewProps {
  readonly app: AppState;
  readonly failure: Failure | undefined;
}

export function StartView({ app, failure }: StartViewProps) {
  const t = texts.value;
  const model = app.model.value;
  return (
    <main class="start">
      <h1>{t.title}</h1>
      <p class="lead">{t.lead}</p>
      {app.isStarting.value && (
        <p class="starting" role="status">
          {t.status.starting}
        </p>
      )}
      {failure && <FailureLine failure={failure} />}
      <FileButton class="drop-zone" accept={app.clipFormats.accept} onFile={(file) => app.beginWith(file)}>
        <img src="/clip.svg" alt="" width="56" height="56" />
        <span class="drop-zone-title">{t.dropHere}</span>
        <span class="button primary">{t.chooseFile}</span>
        <span class="hint">{app.clipFormats.hint}</span>
      </FileButton>
      <div class="other-ways">
        <button type="button" class="button quiet" onClick={() => app.beginWithSample()}>
          {t.sample}
        </button>
        {canRecord() && <Recorder onFile={(file) => app.beginWith(file)} />}
      </div>
      {model?.canSearch === true && <ClipFinder app={app} />}
      {model && <AboutModel model={model} />}
    </main>
  );
}
