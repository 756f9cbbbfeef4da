import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { Ending, TreeMessage } from '../state/conversation.ts';
import type { AppState } from '../state/app-state.ts';
import { paceOf } from '../state/wording.ts';
import { Branches } from './branches.tsx';

interface AnswerActionsProps {
  readonly app: AppState;
  readonly question: TreeMessage;
  readonly answer: TreeMessage;
  readonly done: Ending['done'];
}

/** Whether an answer has words, and more of them to t. */
function isUnfinished({ message: { text, state, cutOff } }: TreeMessage): boolean {
  return text !== '' && (state !== 'done' || cutOff);
}

/** What can be done with an answer that has ended. Those that ask anew are out of sight while another one runs. */
export function AnswerActions({ app, question, answer, done }: AnswerActionsProps) {
  const { chat: t, order, match } = texts.value;
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(answer.message.text);
    setCopied(true);
  };
  return (
    <div class="actions">
      <span class="at-rest">
        <Branches
          node={answer}
          before={t.answerBefore}
          after={t.answerAfter}
          onStep={(step) => app.choose(answer, step)}
        />
      </span>
      {/* plain http has no clipboard */}
      {'clipboard' in navigator && answer.message.text !== '' && (
        <button type="button" class="icon" onClick={copy}>
          {copied ? t.copied : t.copy}
        </button>
      )}
      {isUnfinished(answer) && (
        <button type="button" class="icon at-rest" onClick={() => app.answers.continue(answer)}>
          {t.continue}
        </button>
      )}
      <button type="button" class="icon at-rest" onClick={() => app.answers.regenerate(question)}>
        {t.again}
      </button>
      <button type="button" class="icon" onClick={() => app.analysis.compare(question)}>
        {t.compare}
      </button>
      <button type="button" class="icon" title={order.about} onClick={() => app.analysis.order(question)}>
        {order.button}
      </button>
      {app.model.value?.canSearch === true && (
        <button type="button" class="icon" title={match.about} onClick={() => app.analysis.match(question)}>
          {match.button}
        </button>
      )}
      {done && <span class="hint pace">{paceOf(texts.value, done, app.model.value?.context)}</span>}
    </div>
  );
}
