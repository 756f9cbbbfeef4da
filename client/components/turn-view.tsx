import { Component } from 'preact';
import { Markdown, type Seekable } from '../markdown/markdown.tsx';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { Ending, TreeMessage, Turn } from '../state/conversation.ts';
import type { Findings } from '../state/screen.ts';
import { AnswerActions } from './answer-actions.tsx';
import { Branches } from './branches.tsx';
import { ClipLabel } from './clip-label.tsx';
import { Comparison } from './comparison.tsx';
import { Doubt } from './doubt.tsx';
import { FailureLine } from './failure-line.tsx';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';
import { Matched } from './matched-words.tsx';
import { OrderTable } from './order-table.tsx';
import { QuestionEditor } from './question-editor.tsx';

interface TurnViewProps {
  readonly app: AppState;
  readonly turn: Turn;
  readonly clip: Seekable;
  /** The clips that came with the question, as JSON of `BroughtClip[]`: texts compare by value. */
  readonly clips: string;
  /** The part that it was about, in words; empty for all. */
  readonly part: string;
  readonly isEditing: boolean;
  readonly isLast: boolean;
  readonly findings: Findings | undefined;
}

interface BroughtClip {
  readonly index: number;
  readonly name: string;
}

/** A question and its answer. Rendered again only where something of them has changed: there can be hundreds. */
export class TurnView extends Component<TurnViewProps> {
  override shouldComponentUpdate(next: TurnViewProps): boolean {
    const { turn, clip, clips, part, isEditing, isLast, findings } = this.props;
    return (
      !isSame(turn.question, next.turn.question) ||
      !isSame(turn.answer, next.turn.answer) ||
      turn.ending !== next.turn.ending ||
      clip !== next.clip ||
      clips !== next.clips ||
      part !== next.part ||
      isEditing !== next.isEditing ||
      isLast !== next.isLast ||
      findings !== next.findings
    );
  }

  override render({ app, turn, clip, clips, part, isEditing, isLast, findings }: TurnViewProps) {
    const { question, answer, ending } = turn;
    const running = answer?.message.state === 'running';
    const { text } = question.message;
    return (
      <article class={isLast ? 'turn last' : 'turn'}>
        {isEditing ? (
          <QuestionEditor
            text={text}
            onDone={(changed) => {
              app.stopEditing();
              if (changed !== undefined) app.answers.edit(question, changed);
            }}
          />
        ) : (
          <Question app={app} question={question} clips={clips} part={part} />
        )}
        <div class={running ? 'answer running' : 'answer'} aria-busy={running}>
          {answer && <Markdown text={answer.message.text} clip={clip} />}
        </div>
        {answer && <EndingLine answer={answer} ending={ending} />}
        {findings?.matched && <Matched {...findings.matched} question={text} />}
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
  readonly clips: string;
  readonly part: string;
}

function Question({ app, question, clips, part }: QuestionProps) {
  const { chat: t } = texts.value;
  const { id, text } = question.message;
  const brought: readonly BroughtClip[] = clips === '' ? [] : JSON.parse(clips);
  return (
    <div class="asked">
      <span class="asked-tools">
        <span class="actions at-rest on-hover">
          <IconButton icon="trash" label={t.deleteQuestion} onClick={() => app.removeMessage(id)} />
          <IconButton icon="pencil" class="edit" label={t.edit} onClick={() => app.edit(id)} />
        </span>
        <span class="at-rest">
          <Branches
            node={question}
            before={t.questionBefore}
            after={t.questionAfter}
            onStep={(step) => app.choose(question, step)}
          />
        </span>
      </span>
      <div class="question">
        {brought.map(({ index, name }) => (
          <span key={index} class="question-clip">
            <ClipLabel index={index} />
            <span>{name}</span>
          </span>
        ))}
        {part !== '' && (
          <span class="question-clip">
            <Icon name="clock" size={12} />
            <span>{texts.value.timeline.asksAbout(part)}</span>
          </span>
        )}
        <p>{text}</p>
      </div>
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
  const { chat: t } = texts.value;
  const { state, cutOff, confidence } = answer.message;
  const how = cutOff ? t.cutOff : state === 'stopped' || state === 'interrupted' ? t[state] : undefined;
  return (
    <>
      {how !== undefined && <p class="hint">{how}</p>}
      {state === 'done' && <Doubt confidence={confidence} />}
      {ending?.failure && <FailureLine failure={ending.failure} />}
    </>
  );
}
