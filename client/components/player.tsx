import type { Ref } from 'preact';
import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { PlayedClip } from '../state/screen.ts';

interface PlayerProps {
  readonly clip: PlayedClip;
  readonly video: Ref<HTMLVideoElement>;
}

/** A local file plays while it is still uploaded. Silent: the assistant does not hear either. */
export function Player({ clip, video }: PlayerProps) {
  const t = texts.value.clip;
  const [unplayable, setUnplayable] = useState(false);
  if (unplayable) {
    return <p class="player unplayable">{t.unplayable}</p>;
  }
  const shared = { class: 'player', src: clip.url, onError: () => setUnplayable(true) };
  if (clip.picture) return <img {...shared} alt={t.one} />;
  return <video {...shared} ref={video} aria-label={t.one} controls autoplay loop muted playsInline />;
}
