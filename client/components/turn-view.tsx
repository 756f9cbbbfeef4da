import { Component } from 'preact';
import { useState } from 'preact/hooks';
import { Markdown, type Seekable } from '../markdown/markdown.tsx';
import { words } from '../messages/language.ts';
import type { Insight } from '../state/screen.ts';
import type { Ending, Placed, Turn } from '../state/conversation.ts';
import type { AppState } from '../state/app-state.ts';
import { AnswerActions } from './answer-actions.tsx';
import { Branches } from './branches.tsx';
import { Comparison } from './comparison.tsx';
import { Matched } from './matched-words.tsx';
import { OrderTable } from './order-table.tsx';
import { FailureLine } from './failure-line.tsx';
import { QuestionEditor } from './question-editor.tsx';

interface TurnViewProps {
  readonly visit: AppState;
  readonly turn: Turn;
  readonly clip: Seekable;
  /** Of the clips that came with the question; empty where that goes without saying. */
  readonly clipNames: string;
  readonly insight: Insight | undefined;
}

/** A question and its answer. Drawn again only where something of them has changed: a talk can have hundreds. */
export class TurnView extends Component<TurnViewProps> {
  override shouldComponentUpdate(next: TurnViewProps): boolean {
    const { turn, clip, clipNames, insight } = this.props;
    return (
      !isSame(turn.question, next.turn.question) ||
      !isSame(turn.answer, next.turn.answer) ||
      turn.ending !== next.turn.ending ||
      clip !== next.clip ||
      clipNames !== next.clipNames ||
      insight !== next.insight
    );
  }

  override render({ visit, turn, clip, clipNames, insight }: TurnViewProps) {
    const { question, answer, ending } = turn;
    const running = answer?.message.state === 'running';
    return (
      <article class="turn">
        <Question visit={visit} question={question} clipNames={clipNames} />
        <div class={running ? 'answer running' : 'answer'} aria-busy={running}>
          {answer && <Markdown text={answer.message.text} clip={clip} />}
        </div>
        {answer && <EndingLine answer={answer} ending={ending} />}
        {insight?.matched && <Matched {...insight.matched} />}
        {insight?.compared && <Comparison {...insight.compared} />}
        {insight?.ordered && <OrderTable {...insight.ordered} />}
        {answer !== undefined && !running && (
          <AnswerActions visit={visit} question={question} answer={answer} done={ending?.done} />
        )}
      </article>
    );
  }
}

function isSame(a: Placed | undefined, b: Placed | undefined): boolean {
  return a?.message === b?.message && a?.siblings.length === b?.siblings.length;
}

interface QuestionProps {
  readonly visit: AppState;
  readonly question: Placed;
  readonly clipNames: string;
}

function Question({ visit, question, clipNames }: QuestionProps) {
  const { talk: say } = words.value;
  const [editing, setEditing] = useState(false);
  const { text } = question.message;
  if (editing) {
    return (
      <QuestionEditor
        text={text}
        onDone={(changed) => {
          setEditing(false);
          if (changed !== undefined) void visit.answers.edit(question, changed);
        }}
      />
    );
  }
  return (
    <div class="asked">
      <span class="actions at-rest">
        <Branches
          placed={question}
          before={say.questionBefore}
          after={say.questionAfter}
          onStep={(step) => visit.choose(question, step)}
        />
        <button type="button" class="icon edit" onClick={() => setEditing(true)}>
          {say.edit}
        </button>
      </span>
      <p class="question">
        {clipNames !== '' && <span class="question-clips">{clipNames}</span>}
        {text}
      </p>
    </div>
  );
}

/** How an answer ended, where it did not end by itself. */
function EndingLine({ answer, ending }: { readonly answer: Placed; readonly ending: Ending | undefined }) {
  const { talk: say } = words.value;
  const { state, cutOff } = answer.message;
  const how = cutOff ? say.cutOff : state === 'stopped' || state === 'interrupted' ? say[state] : undefined;
  return (
    <>
      {how !== undefined && <p class="hint">{how}</p>}
      {ending?.failure && <FailureLine failure={ending.failure} />}
    </>
  );
}
