import { splitPieces } from '#models/package/split-pieces.ts';
import { randomFrom } from '../random.ts';
import { knownThings } from '../things/known-things.ts';
import { vietnameseGroup } from '../things/groups.ts';
import { languages } from './captions.ts';
import * as english from './english.ts';
import { eventKinds, eventPairs } from './events.ts';
import { drawPicture } from './draw-scene.ts';
import { textFor, textForms } from './texts.ts';
import * as vietnamese from './vietnamese.ts';

/**
 * Every piece of the texts about scenes, in a fixed order: a word with its leading space and without, in lower case and
 * capitalised, for a text may begin with it.
 */
export function sceneWords(): string[] {
  const words = new Set<string>();
  const note = (text: string): void => {
    const capital = text.charAt(0).toUpperCase() + text.slice(1);
    for (const form of [text, ` ${text}`, capital]) for (const piece of splitPieces(form)) words.add(piece);
  };
  for (const thing of knownThings) {
    for (const text of [thing.id, english.pluralOf(thing.id), thing.vietnamese])
      for (const word of text.split(' ')) note(word);
  }
  for (const [group, phrase] of Object.entries(vietnameseGroup))
    for (const word of `${group} ${phrase}`.split(' ')) note(word);
  for (const story of [[], ...eventKinds.map((kind) => [kind]), ...eventPairs]) {
    for (const text of [english.participles(story), english.verbs(story), vietnamese.verbs(story)])
      for (const word of text.split(' ')) note(word);
  }
  for (const mark of ['.', ',', '?', '!', ':', ';', '-', '"', '(', ')', '...', '??', '!!', "'", '\n'])
    note(mark);
  for (const word of commonWords.split(/\s+/)) note(word);
  // the words between: templates are short and few, and every one of them turns up in so many draws
  const random = randomFrom('vocabulary');
  for (let draw = 0; draw < 4000; draw++) {
    const scene = drawPicture(random);
    for (const language of languages)
      for (const form of textForms)
        for (const word of textFor(scene, random, form, language).text.split(' ')) note(word);
  }
  return [...words];
}

/** Words of ordinary talk, so that a text the world never uses still reads as words and not as bytes. */
const commonWords = `
i you he she it we they me him her us them my your his our their this that these those here there
a an the and or but not no yes if so because then than too also very just only again now ok okay
of in on at to from with without for by about into over under behind near between before after while next
is are was were be been am do does did done has have had can could will would should may might must
what which who whom whose where when why how many much one two three four five first second last both
see look show tell say give know think mean want like need help make get find try read write speak talk
hello hi hey please thanks thank sorry good great nice bad right wrong true false sure maybe really
isn't don't doesn't can't what's it's i'm you're i'll let's that's
person people man woman child animal food water sky background colour color colours colors size big small
large little fast slow new old same other different more less most any anything something nothing everything
object objects thing things shape picture pictures image images video videos clip clips frame frames movie scene
move moves moving moved go goes going stand stands standing stay stays still stop start begin end happen happens
direction way side top bottom middle centre center left right up down upwards downwards name called kind sort group
sentence word words short long answer question describe caption sound hear music second seconds long
tôi bạn nó có không là gì cái này đó kia ở đâu nào bao nhiêu mấy màu thấy xem cho biết video hình ảnh cảnh vật thứ
và hay hoặc nhưng rồi sau trước trong ngoài trên dưới trái phải giữa bên đầu tiên cuối cùng một hai ba bốn năm
vâng đúng sai phải xin chào cảm ơn ai làm được đang đã sẽ rất như thế nào tại sao vì khi mô tả tên loại nhóm
di chuyển đứng yên biến mất xuất hiện to nhỏ lại ra xoay nảy lên xuống sang chắc không biết từ nói tiếng âm thanh
`.trim();
