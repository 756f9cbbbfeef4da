import { plural } from '../plural.ts';

const n = plural('en');

/** How a long clip is made up, and asking about a part of it. */
export const timeline = {
  title: 'Timeline',
  position: 'Position in the clip',
  positionOf: (at: string, length: string, chapter: string) =>
    `${at} of ${length}${chapter === '' ? '' : `: ${chapter}`}`,
  segments: (count: number) => n(count, { one: '# segment', other: '# segments' }),
  encoded: (encoded: number, total: number) => `${encoded} of ${total} segments encoded`,
  cutting: 'Cutting the clip into segments',
  hint: 'Drag, or hold Shift with the arrow keys, to choose a part to ask about.',
  moments: 'Best matches of the question',
  chapters: 'Chapters',
  noChaptersYet: 'Chapters appear once all of the clip is encoded.',
  askAboutChapter: (chapter: string) => `Ask about this chapter: ${chapter}`,
  asksAbout: (part: string) => `About ${part}`,
  removePart: 'Ask about the whole clip again',
};
