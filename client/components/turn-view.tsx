import type { Turn } from '../state/conversation.ts';
import { FailureLine } from './failure-line.tsx';

/** How an answer ended, where it did not end by itself. */
const endings: Readonly<Partial<Record<Turn['state'], string>>> = {
  stopped: 'Stopped.',
  length: 'Cut off: the answer reached its longest length.',
};

export function TurnView({ turn }: { readonly turn: Turn }) {
  const running = turn.state === 'running';
  const ending = endings[turn.state];
  return (
    <article class="turn">
      <p class="question">{turn.question}</p>
      <div class={running ? 'answer running' : 'answer'} aria-busy={running}>
        {turn.answer}
      </div>
      {ending && <p class="hint">{ending}</p>}
      {turn.failure && <FailureLine failure={turn.failure} />}
    </article>
  );
}
