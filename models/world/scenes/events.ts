/** What can happen to a thing. Without any event it stands still. */
export const eventKinds = [
  'left',
  'right',
  'up',
  'down',
  'grow',
  'shrink',
  'turn',
  'appear',
  'vanish',
  'bounce',
] as const;
export type EventKind = (typeof eventKinds)[number];

export const moves = ['left', 'right', 'up', 'down'] as const satisfies readonly EventKind[];
export type Move = (typeof moves)[number];

export function isMove(kind: EventKind): kind is Move {
  return moves.some((move) => move === kind);
}

/** One event of one thing. Events of a thing follow one another and never overlap. */
export interface SceneEvent {
  readonly kind: EventKind;
  /** Its part of the clip's time, which runs from 0 to 1. */
  readonly from: number;
  readonly to: number;
  /** A move's and a bounce's way in frame sides; the factor of grow and shrink; degrees of a turn. */
  readonly amount: number;
}

/** What an event looks like with the frames in the other order. */
export const reversed: Record<EventKind, EventKind> = {
  left: 'right',
  right: 'left',
  up: 'down',
  down: 'up',
  grow: 'shrink',
  shrink: 'grow',
  turn: 'turn',
  appear: 'vanish',
  vanish: 'appear',
  bounce: 'bounce',
};

/** Pairs of events that one thing can do one after the other: one of them at least is a move, and across the other. */
export const eventPairs: readonly (readonly [EventKind, EventKind])[] = eventKinds.flatMap((first) =>
  eventKinds.filter((second) => canFollow(first, second)).map((second) => [first, second] as const),
);

function canFollow(first: EventKind, second: EventKind): boolean {
  if (first === 'vanish' || second === 'appear') return false;
  if (isMove(first) && isMove(second)) return isSideways(first) !== isSideways(second);
  return isMove(first) || isMove(second);
}

function isSideways(move: Move): boolean {
  return move === 'left' || move === 'right';
}
