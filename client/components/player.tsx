import type { Ref } from 'preact';
import { useState } from 'preact/hooks';
import type { LocalClip } from '../state/visit.ts';

interface PlayerProps {
  readonly clip: LocalClip;
  readonly video: Ref<HTMLVideoElement>;
}

/** Plays the local file, so it runs while the upload still does. Silent: the assistant does not hear either. */
export function Player({ clip, video }: PlayerProps) {
  const [unplayable, setUnplayable] = useState(false);
  if (unplayable) {
    return <p class="player unplayable">This browser cannot play this format. The assistant still can.</p>;
  }
  const shared = { class: 'player', src: clip.url, onError: () => setUnplayable(true) };
  if (clip.picture) return <img {...shared} alt="The clip" />;
  return <video {...shared} ref={video} aria-label="The clip" controls autoplay loop muted playsInline />;
}
