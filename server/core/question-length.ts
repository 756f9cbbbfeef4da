import { AppError } from '#errors';

/** Throws `question_too_long` for a text of more than `maxLength` characters. */
export function checkQuestionLength({ length }: string, maxLength: number): void {
  if (length <= maxLength) return;
  const message = `The question has ${length} characters; at most ${maxLength} are taken.`;
  throw new AppError('question_too_long', message);
}
