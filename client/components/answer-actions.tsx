import { useState } from 'preact/hooks';
import { words } from '../messages/language.ts';
import type { Ending, Placed } from '../state/conversation.ts';
import type { AppState } from '../state/app-state.ts';
import { paceOf } from '../state/wording.ts';
import { Branches } from './branches.tsx';

interface AnswerActionsProps {
  readonly visit: AppState;
  readonly question: Placed;
  readonly answer: Placed;
  readonly done: Ending['done'];
}

/** Whether an answer has words, and more of them to say. */
function isUnfinished({ message: { text, state, cutOff } }: Placed): boolean {
  return text !== '' && (state !== 'done' || cutOff);
}

/** What can be done with an answer that has ended. Those that ask anew are out of sight while another one runs. */
export function AnswerActions({ visit, question, answer, done }: AnswerActionsProps) {
  const { talk: say, order, match } = words.value;
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(answer.message.text);
    setCopied(true);
  };
  return (
    <div class="actions">
      <span class="at-rest">
        <Branches
          placed={answer}
          before={say.answerBefore}
          after={say.answerAfter}
          onStep={(step) => visit.choose(answer, step)}
        />
      </span>
      {/* plain http has no clipboard */}
      {'clipboard' in navigator && answer.message.text !== '' && (
        <button type="button" class="icon" onClick={copy}>
          {copied ? say.copied : say.copy}
        </button>
      )}
      {isUnfinished(answer) && (
        <button type="button" class="icon at-rest" onClick={() => visit.answers.continue(answer)}>
          {say.continue}
        </button>
      )}
      <button type="button" class="icon at-rest" onClick={() => visit.answers.regenerate(question)}>
        {say.again}
      </button>
      <button type="button" class="icon" onClick={() => visit.insights.compare(question)}>
        {say.compare}
      </button>
      <button type="button" class="icon" title={order.about} onClick={() => visit.insights.order(question)}>
        {order.button}
      </button>
      {visit.model.value?.canSearch === true && (
        <button type="button" class="icon" title={match.about} onClick={() => visit.insights.match(question)}>
          {match.button}
        </button>
      )}
      {done && <span class="hint pace">{paceOf(words.value, done, visit.model.value?.context)}</span>}
    </div>
  );
}
