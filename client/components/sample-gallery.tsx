import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';

/** Clips that come with the server, by their file names; each with a question worth asking. */
const samples = [
  { name: 'motion', question: 'Which way does it move?' },
  { name: 'events', question: 'Describe the video.' },
  { name: 'things', question: 'What is in the video?' },
  { name: 'long', question: 'Describe the video.' },
  { name: 'still', question: 'Which way does it move?' },
  { name: 'unknown', question: 'What is in the video?' },
] as const;

/** A clip is one click away, with its question. The questions are in English, the only language of the demo model. */
export function SampleGallery({ app }: { readonly app: AppState }) {
  const { samples: t } = texts.value;
  return (
    <section class="gallery" aria-labelledby="gallery-title">
      <h2 id="gallery-title">{t.title}</h2>
      <ul>
        {samples.map(({ name, question }) => (
          <li key={name}>
            <button type="button" class="sample" onClick={() => void app.beginWithSample(name, question)}>
              <img src={`/samples/${name}.jpg`} alt="" width="160" height="160" loading="lazy" />
              <span class="sample-name">{t[name]}</span>
              <span class="hint" lang="en">
                {question}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
