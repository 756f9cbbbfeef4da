import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { ChatScreen, ShownClip } from '../state/screen.ts';
import type { AppState } from '../state/app-state.ts';
import { Filmstrip } from './filmstrip.tsx';
import { HeatMap } from './heat-map.tsx';

interface SeenFramesProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
  readonly shown: ShownClip;
  readonly onSeek: (seconds: number) => void;
}

/** What the model saw of the clip: its frames, shaded by a question's words, and where in a frame the branch looks. */
export function SeenFrames({ app, chat, shown, onSeek }: SeenFramesProps) {
  const t = texts.value.match;
  const [isHeatShown, setHeatShown] = useState(false);
  const [frame, setFrame] = useState(0);
  const { id } = shown.video;
  const times = shown.receipt?.frames ?? [];
  const matched = chat.findings.get(chat.shadedBy ?? '')?.matched?.value;
  // the weights are of the frames that search looks at, which may be others than those of the chat
  const isOfThese = matched?.videoId === id && matched.frames.length === times.length;
  return (
    <>
      <Filmstrip
        videoId={id}
        times={times}
        weights={isOfThese ? matched.frameWeights : undefined}
        onFrame={(n, seconds) => {
          setFrame(n);
          onSeek(seconds);
        }}
      />
      {app.model.value?.canSearch === true && (
        <button
          type="button"
          class="button quiet heat-button"
          aria-pressed={isHeatShown}
          onClick={() => setHeatShown(!isHeatShown)}
        >
          {t.showHeat}
        </button>
      )}
      {isHeatShown && <HeatMap key={id} app={app} videoId={id} frame={frame} />}
    </>
  );
}
