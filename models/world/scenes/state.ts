import type { SceneEvent } from './events.ts';
import type { Point, Shown } from './scene.ts';

/** What a thing is like at one moment. */
export interface State {
  readonly at: Point;
  /** Half the side of its box. */
  readonly size: number;
  /** Degrees, clockwise. */
  readonly turn: number;
  readonly opacity: number;
}

/** A thing at time `t` from 0 to 1: all events up to then, one after the other, at an even pace. */
export function stateAt({ at, size, events }: Shown, t: number): State {
  let state: State = { at, size, turn: 0, opacity: events[0]?.kind === 'appear' ? 0 : 1 };
  for (const event of events) {
    if (t <= event.from) break;
    state = after(state, event, Math.min(1, (t - event.from) / (event.to - event.from)));
  }
  return state;
}

function after(state: State, { kind, amount }: SceneEvent, progress: number): State {
  const moved = (x: number, y: number): State => ({
    ...state,
    at: { x: state.at.x + x, y: state.at.y + y },
  });
  switch (kind) {
    case 'left':
      return moved(-amount * progress, 0);
    case 'right':
      return moved(amount * progress, 0);
    case 'up':
      return moved(0, -amount * progress);
    case 'down':
      return moved(0, amount * progress);
    case 'grow':
      return { ...state, size: state.size * (1 + (amount - 1) * progress) };
    case 'shrink':
      return { ...state, size: state.size / (1 + (amount - 1) * progress) };
    case 'turn':
      return { ...state, turn: state.turn + amount * progress };
    case 'appear':
      return { ...state, opacity: progress };
    case 'vanish':
      return { ...state, opacity: 1 - progress };
    case 'bounce':
      // two hops, the second slower: even steps in time never see it at one height only
      return moved(0, -amount * Math.abs(Math.sin(2 * Math.PI * progress ** 0.8)));
  }
}
