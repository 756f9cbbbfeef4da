/** Words of English questions that say nothing of what is shown. Those of other languages stay, which costs a little. */
const asking = new Set(
  (
    'a an the this that these those it its is are was were be been do does did has have had can could will would ' +
    'what which who whom whose where when why how many much in on at of to from with for and or there here you me i ' +
    'see seen show shown shows tell name describe please any some video clip film picture image scene ' +
    'colour color way kind type time'
  ).split(' '),
);

/** What a question is about, for comparing it with pictures: its words without those that only ask. All of it where none is left. */
export function keywordsOf(question: string): string {
  const words = question.match(/[\p{L}\p{M}\p{N}'’-]+/gu) ?? [];
  const kept = words.filter((word) => !asking.has(word.toLowerCase()));
  return kept.length === 0 ? question : kept.join(' ');
}
