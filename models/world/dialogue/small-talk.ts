import type { Random } from '../random.ts';
import type { Language } from '../scenes/captions.ts';
import type { Exchange, Topic } from './exchange.ts';

/** Questions of one meaning and their one answer, in one language. */
interface Entry {
  readonly topic: Topic;
  readonly language: Language;
  readonly questions: readonly string[];
  readonly answer: string;
}

const entry = (topic: Topic, language: Language, answer: string, questions: string): Entry => ({
  topic,
  language,
  answer,
  questions: questions.split('|').map((question) => question.trim()),
});

/** What can be said without looking: greetings, what the model is, and what it cannot know from a few frames. */
export const smallTalk: readonly Entry[] = [
  entry(
    'small talk',
    'en',
    'Hello! Ask me about the video.',
    'hi|hello|Hello!|hey|Hi there|good morning|good evening|hey you|greetings|how are you?|hi, how are you|yo|good day|nice to meet you',
  ),
  entry(
    'small talk',
    'en',
    'You are welcome.',
    'thanks|thank you|Thanks!|thanks a lot|thank you so much|great, thanks|nice|good|well done|cool|perfect|ok thanks|that was helpful|great',
  ),
  entry(
    'small talk',
    'en',
    'Goodbye!',
    'bye|goodbye|ok bye|see you|bye bye|good night|see you later|that is all|I am done',
  ),
  entry('small talk', 'en', 'All right.', 'ok|okay|I see|yes|fine|alright|hm|aha|got it|understood|no'),
  entry(
    'small talk',
    'en',
    'I am a small model that looks at a few frames of a video and says what it sees.',
    'who are you?|what are you?|are you a robot?|are you human?|what is your name?|who made you?|which model are you?|are you chatgpt?|tell me about yourself|introduce yourself',
  ),
  entry(
    'small talk',
    'en',
    'I can say which thing I see, its colour, how many there are, where they are and how they move.',
    'what can you do?|help|what can I ask?|how does this work?|how can you help me?|what do you know?|what should I ask?|what questions can you answer?|how do I use this?|can you help me?',
  ),
  entry(
    'small talk',
    'en',
    'I do not understand. Ask me about the video.',
    'asdf|qwerty|blah blah|???|...|lorem ipsum|xyz|hjkl|foo bar|asdasd|123|!!!|lol|hahaha|zzz',
  ),
  entry(
    'unknowable',
    'en',
    'I cannot hear: I only see frames.',
    'is there any sound?|what do you hear?|is there music?|what do they say?|what is he saying?|can you hear something?|what song is it?|is it loud?|what does it sound like?|does anybody speak?|what noise does it make?',
  ),
  entry(
    'unknowable',
    'en',
    'I cannot know that from the frames I see.',
    'how long is the video?|when was it filmed?|where was this filmed?|who filmed it?|who made this video?|what time is it?|how old is it?|how much does it cost?|how heavy is it?|what is the name of the person?|who is that?|how fast is it?|how big is it?|what day is it?|is it real?|what is behind the camera?|which country is this?|what happens after the video?|what happened before?|what is the temperature?|what is the weather like?|who owns it?|is it expensive?|what does it taste like?|what is he thinking?',
  ),
  entry(
    'unknowable',
    'en',
    'I cannot read text.',
    'what does the sign say?|what does the text say?|read the text|what is written there?|can you read it?|what are the words?|is there any text?|which letters are there?',
  ),
  entry(
    'unknowable',
    'en',
    'I cannot say why.',
    'why?|why does it move?|what for?|why is it there?|what is the reason?|why does it do that?|how come?',
  ),
  entry(
    'unknowable',
    'en',
    'I can only talk about the video.',
    'what is 2+2|write a poem about this video|tell me a joke|what is the capital of France?|write code|what is the meaning of life?|sing a song|who is the president?|translate this to German|what is the weather today?|tell me a story|solve this equation|what do you think about politics?|play a game with me|do my homework|search the web|what did I ask first?|what is the news?|recommend a film',
  ),
  entry(
    'unknowable',
    'en',
    'I only know what I see; I cannot list what is not there.',
    'what is not in the video?|what is missing?|what is NOT there?|which things are not shown?|what can you not see?',
  ),
  entry(
    'unknowable',
    'en',
    'I see no people that I could name.',
    'who is in the video?|how many people are there?|are there people?|what is the person doing?|is it a man or a woman?|what is the woman wearing?|is there a person?|is somebody there?',
  ),
  entry(
    'unknowable',
    'en',
    'I can say nothing about the background.',
    'what colour is the background?|what is in the background?|describe the background|where is this?|what place is it?|is it inside or outside?|what room is it?',
  ),
  entry(
    'small talk',
    'vi',
    'Xin chào! Hãy hỏi tôi về video.',
    'xin chào|chào bạn|chào|bạn khỏe không?|chào buổi sáng|alo',
  ),
  entry('small talk', 'vi', 'Không có gì.', 'cảm ơn|cảm ơn bạn|cảm ơn nhiều|tốt lắm|hay quá|tuyệt'),
  entry('small talk', 'vi', 'Tạm biệt!', 'tạm biệt|hẹn gặp lại|chào tạm biệt'),
  entry(
    'small talk',
    'vi',
    'Tôi là một mô hình nhỏ, tôi xem vài khung hình của video và nói những gì tôi thấy.',
    'bạn là ai?|bạn là gì?|tên bạn là gì?|ai tạo ra bạn?|bạn có phải là người không?',
  ),
  entry(
    'small talk',
    'vi',
    'Tôi có thể nói đó là gì, màu gì, có bao nhiêu, ở đâu và di chuyển thế nào.',
    'bạn làm được gì?|bạn có thể làm gì?|giúp tôi với|tôi có thể hỏi gì?|hướng dẫn',
  ),
  entry(
    'unknowable',
    'vi',
    'Tôi không nghe được: tôi chỉ thấy khung hình.',
    'có âm thanh không?|bạn nghe thấy gì?|họ nói gì?|có nhạc không?',
  ),
  entry(
    'unknowable',
    'vi',
    'Tôi không thể biết điều đó từ các khung hình.',
    'video dài bao lâu?|quay khi nào?|quay ở đâu?|ai quay video này?|mấy giờ rồi?|nó giá bao nhiêu?|nó nặng bao nhiêu?|đó là ai?',
  ),
  entry('unknowable', 'vi', 'Tôi không nói được vì sao.', 'tại sao?|vì sao?|để làm gì?|sao nó làm vậy?'),
  entry(
    'unknowable',
    'vi',
    'Tôi chỉ có thể nói về video.',
    'hai cộng hai bằng mấy?|kể chuyện cười đi|viết một bài thơ|thủ đô của Pháp là gì?|dịch sang tiếng Anh',
  ),
];

export function drawSmallTalk(random: Random, language: Language): Exchange {
  const { topic, questions, answer } = random.pick(smallTalk.filter((one) => one.language === language));
  const asked = random.pick(questions);
  return {
    topic,
    language,
    question: random.chance(0.4) ? asked.charAt(0).toUpperCase() + asked.slice(1) : asked,
    answer,
  };
}

/** The answer to any question about what is shown, where nothing is shown. */
export const noVideo: Record<Language, string> = {
  en: 'I see no video yet. Add one and ask me again.',
  vi: 'Tôi chưa thấy video nào. Hãy thêm một video rồi hỏi lại.',
};

const doubts: Record<Language, readonly string[]> = {
  en: [
    'Are you sure?',
    'are you sure',
    'really?',
    'Is that right?',
    'Is that true?',
    'sure?',
    'Are you certain?',
  ],
  vi: ['Bạn chắc không?', 'Thật không?', 'Có đúng không?', 'Chắc chứ?'],
};

/** `Are you sure?` after an answer: the answer again, and that it may be wrong. */
export function drawDoubt(random: Random, { language, answer }: Exchange): Exchange {
  const again = answer.charAt(0).toLowerCase() + answer.slice(1);
  const repeated =
    language === 'en'
      ? `I may be wrong, but ${again.replace(/^i /, 'I ')}`
      : `Tôi có thể sai, nhưng ${again}`;
  return { topic: 'check', language, question: random.pick(doubts[language]), answer: repeated };
}

/** `no, it is a cat` after a right answer: it stays with what it sees. */
export function drawCorrection(
  random: Random,
  { language }: Exchange,
  wrong: string,
  truth: string,
): Exchange {
  const question =
    language === 'en'
      ? random.pick([
          `no, it is ${wrong}`,
          `No, it's ${wrong}.`,
          `that is wrong, it is ${wrong}`,
          `I think it is ${wrong}`,
        ])
      : random.pick([`không, đó là ${wrong}`, `sai rồi, đó là ${wrong}`]);
  const answer =
    language === 'en' ? `I may be wrong, but I see ${truth}.` : `Tôi có thể sai, nhưng tôi thấy ${truth}.`;
  return { topic: 'check', language, question, answer };
}
