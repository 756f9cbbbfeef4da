import { Component } from 'preact';
import { useState } from 'preact/hooks';
import { Markdown, type Seekable } from '../markdown/markdown.tsx';
import { texts } from '../messages/language.ts';
import type { Findings } from '../state/screen.ts';
import type { Ending, TreeMessage, Turn } from '../state/conversation.ts';
import type { AppState } from '../state/app-state.ts';
import { AnswerActions } from './answer-actions.tsx';
import { Branches } from './branches.tsx';
import { Comparison } from './comparison.tsx';
import { Matched } from './matched-words.tsx';
import { OrderTable } from './order-table.tsx';
import { FailureLine } from './failure-line.tsx';
import { QuestionEditor } from './question-editor.tsx';

interface TurnViewProps {
  readonly app: AppState;
  readonly turn: Turn;
  readonly clip: Seekable;
  /** Of the clips that came with the question; empty where that goes without saying. */
  readonly clipNames: string;
  readonly findings: Findings | undefined;
}

/** A question and its answer. Drawn again only where something of them has changed: a conversation can have hundreds. */
export class TurnView extends Component<TurnViewProps> {
  override shouldComponentUpdate(next: TurnViewProps): boolean {
    const { turn, clip, clipNames, findings } = this.props;
    return (
      !isSame(turn.question, next.turn.question) ||
      !isSame(turn.answer, next.turn.answer) ||
      turn.ending !== next.turn.ending ||
      clip !== next.clip ||
      clipNames !== next.clipNames ||
      findings !== next.findings
    );
  }

  override render({ app, turn, clip, clipNames, findings }: TurnViewProps) {
    const { question, answer, ending } = turn;
    const running = answer?.message.state === 'running';
    return (
      <article class="turn">
        <Question app={app} question={question} clipNames={clipNames} />
        <div class={running ? 'answer running' : 'answer'} aria-busy={running}>
          {answer && <Markdown text={answer.message.text} clip={clip} />}
        </div>
        {answer && <EndingLine answer={answer} ending={ending} />}
        {findings?.matched && <Matched {...findings.matched} />}
        {findings?.compared && <Comparison {...findings.compared} />}
        {findings?.ordered && <OrderTable {...findings.ordered} />}
        {answer !== undefined && !running && (
          <AnswerActions app={app} question={question} answer={answer} done={ending?.done} />
        )}
      </article>
    );
  }
}

function isSame(a: TreeMessage | undefined, b: TreeMessage | undefined): boolean {
  return a?.message === b?.message && a?.siblings.length === b?.siblings.length;
}

interface QuestionProps {
  readonly app: AppState;
  readonly question: TreeMessage;
  readonly clipNames: string;
}

function Question({ app, question, clipNames }: QuestionProps) {
  const t = texts.value.chat;
  const [editing, setEditing] = useState(false);
  const { text } = question.message;
  if (editing) {
    return (
      <QuestionEditor
        text={text}
        onDone={(changed) => {
          setEditing(false);
          if (changed !== undefined) void app.answers.edit(question, changed);
        }}
      />
    );
  }
  return (
    <div class="asked">
      <span class="actions at-rest">
        <Branches
          node={question}
          before={t.questionBefore}
          after={t.questionAfter}
          onStep={(step) => app.choose(question, step)}
        />
        <button type="button" class="icon edit" onClick={() => setEditing(true)}>
          {t.edit}
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
function EndingLine({
  answer,
  ending,
}: {
  readonly answer: TreeMessage;
  readonly ending: Ending | undefined;
}) {
  const t = texts.value.chat;
  const { state, cutOff } = answer.message;
  const how = cutOff ? t.cutOff : state === 'stopped' || state === 'interrupted' ? t[state] : undefined;
  return (
    <>
      {how !== undefined && <p class="hint">{how}</p>}
      {ending?.failure && <FailureLine failure={ending.failure} />}
    </>
  );
}
