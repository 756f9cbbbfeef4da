import { useState } from 'preact/hooks';
import type { Message } from '../../server/chat/contract.ts';
import type { Compared } from '../state/screen.ts';
import type { Ending, Placed, Turn } from '../state/talk.ts';
import type { Visit } from '../state/visit.ts';
import { paceOf } from '../state/wording.ts';
import { Branches } from './branches.tsx';
import { Comparison } from './comparison.tsx';
import { FailureLine } from './failure-line.tsx';
import { QuestionEditor } from './question-editor.tsx';

const cutOff = 'Cut off: the answer reached its longest length.';
/** How an answer ended, where it did not end by itself. */
const endings: Readonly<Partial<Record<Message['state'], string>>> = {
  stopped: 'Stopped.',
  interrupted: 'Interrupted: the server stopped in the middle of it.',
};

interface TurnViewProps {
  readonly visit: Visit;
  readonly turn: Turn;
  readonly compared: Compared | undefined;
  /** While an answer runs nothing else can be asked. */
  readonly busy: boolean;
}

export function TurnView({ visit, turn: { question, answer, ending }, compared, busy }: TurnViewProps) {
  const [editing, setEditing] = useState(false);
  const running = answer?.message.state === 'running';
  const isCutOff = ending?.done?.reason === 'length';
  const how = isCutOff ? cutOff : endings[answer?.message.state ?? 'done'];
  return (
    <article class="turn">
      {editing ? (
        <QuestionEditor
          text={question.message.text}
          onDone={(text) => {
            setEditing(false);
            if (text !== undefined) void visit.edit(question, text);
          }}
        />
      ) : (
        <div class="asked">
          {!busy && (
            <span class="actions">
              <Branches placed={question} what="Question" onStep={(step) => visit.choose(question, step)} />
              <button type="button" class="icon" onClick={() => setEditing(true)}>
                Edit
              </button>
            </span>
          )}
          <p class="question">{question.message.text}</p>
        </div>
      )}
      <div class={running ? 'answer running' : 'answer'} aria-busy={running}>
        {answer?.message.text}
      </div>
      {how && <p class="hint">{how}</p>}
      {ending?.failure && <FailureLine failure={ending.failure} />}
      {compared && <Comparison {...compared} />}
      {!running && answer !== undefined && (
        <AnswerActions visit={visit} question={question} answer={answer} busy={busy} done={ending?.done} />
      )}
    </article>
  );
}

interface AnswerActionsProps {
  readonly visit: Visit;
  readonly question: Placed;
  readonly answer: Placed;
  readonly busy: boolean;
  readonly done: Ending['done'];
}

function AnswerActions({ visit, question, answer, busy, done }: AnswerActionsProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(answer.message.text);
    setCopied(true);
  };
  return (
    <div class="actions">
      <Branches placed={answer} what="Answer" onStep={(step) => visit.choose(answer, step)} />
      {/* plain http has no clipboard */}
      {'clipboard' in navigator && answer.message.text !== '' && (
        <button type="button" class="icon" onClick={copy}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      )}
      {!busy && (
        <button type="button" class="icon" onClick={() => visit.regenerate(question)}>
          Another answer
        </button>
      )}
      <button type="button" class="icon" onClick={() => visit.compare(question)}>
        Compare
      </button>
      {done && <span class="hint pace">{paceOf(done, visit.model.value?.context)}</span>}
    </div>
  );
}
