import type { Cue, Scene, Shown } from '../scenes/scene.ts';
import { type State, stateAt } from '../scenes/state.ts';
import type { Layer } from './compose.ts';
import { markSprite, type Sprite, spriteOf } from './sprites.ts';

/** What is drawn over the background at time `t`, those behind first. */
export async function layersAt(scene: Scene, t: number): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const shown of scene.things) {
    const sprite = await spriteOf(shown);
    if (scene.cue !== undefined && shown.events.length > 0) {
      layers.push(...(await cueLayers(shown, sprite, scene.cue)));
    } else {
      layers.push(layerOf(sprite, shown, stateAt(shown, t), 1));
    }
  }
  return layers;
}

function layerOf(
  sprite: Sprite,
  { mirrored }: Shown,
  { at, size, turn, opacity }: State,
  times: number,
): Layer {
  return { sprite, x: at.x, y: at.y, size, turn, mirrored, opacity: opacity * times };
}

/** A vanished thing is still faintly there in a picture, or nobody could say what it was. */
const faintest = 0.35;
/** A mark's square is as much larger than the thing's box. */
const markScale = 1.5;

/** The thing as it ends, over ghosts of what it was before and the marks of its events, older ones fainter. */
async function cueLayers(shown: Shown, sprite: Sprite, { ghosts, opacity, decay }: Cue): Promise<Layer[]> {
  const start = shown.events[0]?.from ?? 0;
  const end = shown.events.at(-1)?.to ?? 1;
  const layers: Layer[] = [];
  for (let ghost = 0; ghost < ghosts; ghost++) {
    const state = stateAt(shown, start + ((end - start) * ghost) / ghosts);
    layers.push(layerOf(sprite, shown, state, opacity * decay ** (ghosts - 1 - ghost)));
  }
  for (const [place, event] of shown.events.entries()) {
    const mark = markSprite(event.kind);
    if (mark === undefined) continue;
    const latest = place === shown.events.length - 1;
    // where it had grown or had shrunk to is where the event was
    const { at, size } = stateAt(shown, event.kind === 'bounce' ? event.from : event.to);
    const strength = latest ? 0.95 : 0.45;
    layers.push({
      sprite: await mark,
      x: at.x,
      y: at.y,
      size: size * markScale,
      turn: 0,
      mirrored: false,
      opacity: strength,
    });
  }
  const last = stateAt(shown, 1);
  layers.push(layerOf(sprite, shown, { ...last, opacity: Math.max(faintest, last.opacity) }, 1));
  return layers;
}
