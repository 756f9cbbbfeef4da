import { words } from '../messages/language.ts';
import type { Failure } from '../state/failure.ts';
import type { AppState } from '../state/app-state.ts';
import { AboutModel } from './about-model.tsx';
import { ClipFinder } from './clip-finder.tsx';
import { FailureLine } from './failure-line.tsx';
import { FileButton } from './file-button.tsx';
import { canRecord, Recorder } from './recorder.tsx';

interface StartViewProps {
  readonly visit: AppState;
  readonly failure: Failure | undefined;
}

export function StartView({ visit, failure }: StartViewProps) {
  const say = words.value;
  const model = visit.model.value;
  return (
    <main class="start">
      <h1>{say.title}</h1>
      <p class="lead">{say.lead}</p>
      {visit.isStarting.value && (
        <p class="starting" role="status">
          {say.status.starting}
        </p>
      )}
      {failure && <FailureLine failure={failure} />}
      <FileButton class="drop-zone" onFile={(file) => visit.beginWith(file)}>
        <img src="/clip.svg" alt="" width="56" height="56" />
        <span class="drop-zone-title">{say.dropHere}</span>
        <span class="button primary">{say.chooseFile}</span>
        <span class="hint">.mp4, .webm, .mov, .mkv, .gif</span>
      </FileButton>
      <div class="other-ways">
        <button type="button" class="button quiet" onClick={() => visit.beginWithSample()}>
          {say.sample}
        </button>
        {canRecord() && <Recorder onFile={(file) => visit.beginWith(file)} />}
      </div>
      {model?.canSearch === true && <ClipFinder visit={visit} />}
      {model && <AboutModel model={model} />}
    </main>
  );
}
