import { type Accuracy, accuracyOf } from './accuracy.ts';
import { normalisedWords, type OrderTruths, saysRightly } from './temporal-labels.ts';

/** What was answered about one clip, its frames shown in three orders. */
export interface OrderAnswers {
  readonly forward: string;
  readonly reverse: string;
  readonly shuffle: string;
}

type Truth = Pick<OrderTruths['clips'][number], 'forward' | 'reverse'>;

/** Shares of clips; of those whose truth is known where it is asked who is right. */
export interface OrderSummary {
  /** The answer to the reverse, or the shuffle, has other words than that to the clip itself. */
  readonly reverseDiffers: Accuracy;
  readonly shuffleDiffers: Accuracy;
  readonly forwardRight: Accuracy;
  readonly reverseRight: Accuracy;
  /** Right about both directions: the order is read, and read rightly. */
  readonly bothRight: Accuracy;
}

export function summariseOrder(
  clips: readonly { readonly answers: OrderAnswers; readonly truth?: Truth | undefined }[],
): OrderSummary {
  const differs = (order: 'reverse' | 'shuffle'): Accuracy =>
    accuracyOf(
      clips.map(({ answers }) => normalisedWords(answers[order]) !== normalisedWords(answers.forward)),
    );
  const verdicts = clips.flatMap(({ answers, truth }) => {
    if (truth === undefined) return [];
    const forward = saysRightly(answers.forward, truth.forward, truth.reverse);
    const reverse = saysRightly(answers.reverse, truth.reverse, truth.forward);
    return [{ forward, reverse, both: forward && reverse }];
  });
  return {
    reverseDiffers: differs('reverse'),
    shuffleDiffers: differs('shuffle'),
    forwardRight: accuracyOf(verdicts.map(({ forward }) => forward)),
    reverseRight: accuracyOf(verdicts.map(({ reverse }) => reverse)),
    bothRight: accuracyOf(verdicts.map(({ both }) => both)),
  };
}
