import type { EventKind } from '../scenes/events.ts';

/**
 * What a still picture adds where ghosts alone cannot tell an event, as comics do: SVG elements in the square from
 * (-1.5, -1.5) to (1.5, 1.5) around a thing's box from (-1, -1) to (1, 1).
 */
export const marks: Partial<Record<EventKind, string>> = {
  grow: fourWays('M0 -1.1L0 -1.42M-.2 -1.24L0 -1.44L.2 -1.24'),
  shrink: fourWays('M0 -1.44L0 -1.08M-.2 -1.26L0 -1.06L.2 -1.26'),
  turn: [45, 225]
    .map((turn) =>
      stroke(
        `<path d="M-.75 -.95A1.22 1.22 0 0 1 .75 -.95M.78 -1.3L.77 -.93L.4 -.98" transform="rotate(${turn})"/>`,
      ),
    )
    .join(''),
  appear: Array.from({ length: 12 }, (_, ray) =>
    stroke(`<path d="M0 -1.12L0 -1.4" transform="rotate(${ray * 30})"/>`),
  ).join(''),
  vanish: Array.from({ length: 14 }, (_, dot) => {
    const [angle, away] = [dot * 0.449 * Math.PI, dot % 2 === 0 ? 1.08 : 1.34];
    const at = `cx="${(away * Math.cos(angle)).toFixed(2)}" cy="${(away * Math.sin(angle)).toFixed(2)}"`;
    return `<circle ${at} r=".1" fill="#fff" stroke="#222" stroke-width=".05"/>`;
  }).join(''),
  bounce: stroke('<path d="M-.9 1.42Q-.45 .95 0 1.42Q.45 .95 .9 1.42"/>'),
};

function fourWays(path: string): string {
  return [45, 135, 225, 315]
    .map((turn) => stroke(`<path d="${path}" transform="rotate(${turn})"/>`))
    .join('');
}

/** White on a dark edge: seen on any background. */
function stroke(element: string): string {
  return `<g fill="none" stroke-linecap="round" stroke-linejoin="round"><g stroke="#222" stroke-width=".22">${element}</g><g stroke="#fff" stroke-width=".11">${element}</g></g>`;
}
