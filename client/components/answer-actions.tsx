import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { Ending, TreeMessage } from '../state/conversation.ts';
import { paceOf } from '../state/wording.ts';
import { Branches } from './branches.tsx';
import { IconButton } from './icon-button.tsx';

interface AnswerActionsProps {
  readonly app: AppState;
  readonly question: TreeMessage;
  readonly answer: TreeMessage;
  readonly done: Ending['done'];
}

/** Whether an answer has text, and could have more. */
function isUnfinished({ message: { text, state, cutOff } }: TreeMessage): boolean {
  return text !== '' && (state !== 'done' || cutOff);
}

/**
 * What can be done with an answer that has ended. Those that ask anew are out of sight while another one runs. The row
 * keeps its places: what comes and goes stands at its end.
 */
export function AnswerActions({ app, question, answer, done }: AnswerActionsProps) {
  const { chat: t, order, match } = texts.value;
  const [copied, setCopied] = useState(false);
  const hasText = answer.message.text !== '';
  const hasClip = (app.view.chat?.clips.length ?? 0) > 0;
  const copy = async () => {
    await navigator.clipboard.writeText(answer.message.text);
    setCopied(true);
  };
  return (
    <div class="answer-foot">
      <div class="actions on-hover">
        {/* plain http has no clipboard */}
        {'clipboard' in navigator && hasText && (
          <IconButton icon={copied ? 'check' : 'copy'} label={copied ? t.copied : t.copy} onClick={copy} />
        )}
        <IconButton
          icon="refresh-cw"
          class="at-rest"
          label={t.again}
          onClick={() => app.answers.regenerate(question)}
        />
        {hasText && hasClip && (
          <>
            <IconButton icon="columns-2" label={t.compare} onClick={() => app.analysis.compare(question)} />
            <IconButton
              icon="shuffle"
              label={order.button}
              about={order.about}
              onClick={() => app.analysis.order(question)}
            />
            {app.model.value?.canSearch === true && (
              <IconButton
                icon="scan-eye"
                label={match.button}
                about={match.about}
                onClick={() => app.analysis.match(question)}
              />
            )}
          </>
        )}
        {done && hasText && (
          <span class="hint pace">{paceOf(texts.value, done, app.model.value?.context)}</span>
        )}
      </div>
      {isUnfinished(answer) && (
        <button type="button" class="chip at-rest" onClick={() => app.answers.continue(answer)}>
          {t.continue}
        </button>
      )}
      <span class="at-rest branches-end">
        <Branches
          node={answer}
          before={t.answerBefore}
          after={t.answerAfter}
          onStep={(step) => app.choose(answer, step)}
        />
      </span>
    </div>
  );
}
