import type { Failure } from '../state/failure.ts';
import type { Visit } from '../state/visit.ts';
import { FailureLine } from './failure-line.tsx';
import { FileButton } from './file-button.tsx';

interface StartViewProps {
  readonly visit: Visit;
  readonly failure: Failure | undefined;
}

export function StartView({ visit, failure }: StartViewProps) {
  const model = visit.model.value;
  return (
    <main class="start">
      <h1>Ask about a video</h1>
      <p class="lead">
        Drop a short clip and ask what happens in it. It goes to this server and nowhere else.
      </p>
      {failure && <FailureLine failure={failure} />}
      <FileButton class="drop-zone" onFile={(file) => visit.chooseFile(file)}>
        <img src="/clip.svg" alt="" width="56" height="56" />
        <span class="drop-zone-title">Drop a clip here</span>
        <span class="button primary">Choose a file</span>
        <span class="hint">.mp4, .webm, .mov, .mkv, .gif</span>
      </FileButton>
      <button type="button" class="button quiet" onClick={() => visit.chooseSample()}>
        No clip at hand? Try the sample
      </button>
      {model && (
        <p class="about">
          <strong>{model.name}</strong> {model.about}
        </p>
      )}
    </main>
  );
}
