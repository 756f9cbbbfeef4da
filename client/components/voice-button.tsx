import { useEffect, useRef, useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import { IconButton } from './icon-button.tsx';

/** What is used of the browser's speech recognition. */
interface Recognition extends EventTarget {
  lang: string;
  processLocally: boolean;
  start(): void;
  stop(): void;
}

interface RecognitionClass {
  new (): Recognition;
  available?(options: { langs: string[]; processLocally: boolean }): Promise<string>;
}

interface VoiceButtonProps {
  readonly language: string;
  readonly onWords: (words: string) => void;
}

/** Takes a question by voice, where the browser recognises speech on this machine: no sound leaves it. */
export function VoiceButton({ language, onWords }: VoiceButtonProps) {
  const { chat: t } = texts.value;
  const [isOffered, setOffered] = useState(false);
  const [isListening, setListening] = useState(false);
  const running = useRef<Recognition>(undefined);
  useEffect(() => {
    let isGone = false;
    const ask = async () => {
      const state = await recognitionClass()?.available?.({ langs: [language], processLocally: true });
      if (!isGone) setOffered(state === 'available');
    };
    // a browser that cannot say has none
    void ask().catch(() => setOffered(false));
    return () => {
      isGone = true;
      running.current?.stop();
    };
  }, [language]);
  if (!isOffered) return null;
  const listen = () => {
    const Class = recognitionClass();
    if (Class === undefined) return;
    const recognition = new Class();
    running.current = recognition;
    recognition.lang = language;
    recognition.processLocally = true;
    recognition.addEventListener('result', (event) => onWords(wordsOf(event)));
    recognition.addEventListener('end', () => setListening(false));
    recognition.start();
    setListening(true);
  };
  return (
    <IconButton
      icon="mic"
      label={isListening ? t.listening : t.speak}
      pressed={isListening}
      onClick={() => (isListening ? running.current?.stop() : listen())}
    />
  );
}

function recognitionClass(): RecognitionClass | undefined {
  return 'SpeechRecognition' in window ? (window.SpeechRecognition as RecognitionClass) : undefined;
}

function wordsOf(event: Event): string {
  const { results } = event as Event & { readonly results: ArrayLike<ArrayLike<{ transcript: string }>> };
  return Array.from(results)
    .map((result) => result[0]?.transcript ?? '')
    .join(' ')
    .trim();
}
