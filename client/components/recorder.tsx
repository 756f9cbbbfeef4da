import { useEffect, useRef, useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import { Icon } from './icon.tsx';
import { FailureLine } from './failure-line.tsx';

/** Seconds of a recording, at most: more than a few scenes is of no use to the models. */
const maxSeconds = 60;

/** Browsers show a camera only to a page from this machine, or over https. */
export function canRecord(): boolean {
  return 'mediaDevices' in navigator && 'MediaRecorder' in window;
}

/** A button that opens the camera; what is recorded is a clip like any other. */
export function Recorder({ onFile }: { readonly onFile: (file: File) => void }) {
  const { record } = texts.value;
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>
        <Icon name="camera" />
        {record}
      </button>
      {open && (
        <Camera
          onDone={(file) => {
            setOpen(false);
            if (file !== undefined) onFile(file);
          }}
        />
      )}
    </>
  );
}

function Camera({ onDone }: { readonly onDone: (file: File | undefined) => void }) {
  const t = texts.value.recording;
  const dialog = useRef<HTMLDialogElement>(null);
  const preview = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream>();
  const [refused, setRefused] = useState(false);
  const [recorder, setRecorder] = useState<MediaRecorder>();
  const [seconds, setSeconds] = useState(0);

  useEffect(() => {
    dialog.current?.showModal();
    let opened: MediaStream | undefined;
    let closed = false;
    const stopAll = () => {
      for (const track of opened?.getTracks() ?? []) track.stop();
    };
    // no sound: the model would not hear it
    navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } }, audio: false }).then(
      (found) => {
        opened = found;
        if (closed) stopAll();
        else setStream(found);
      },
      () => setRefused(true),
    );
    return () => {
      closed = true;
      stopAll();
    };
  }, []);

  useEffect(() => {
    if (preview.current !== null && stream !== undefined) preview.current.srcObject = stream;
  }, [stream]);

  useEffect(() => {
    if (recorder === undefined) return;
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    const end = setTimeout(() => recorder.stop(), maxSeconds * 1000);
    return () => {
      clearInterval(timer);
      clearTimeout(end);
    };
  }, [recorder]);

  const start = (from: MediaStream) => {
    const parts: Blob[] = [];
    const made = new MediaRecorder(from);
    made.ondataavailable = ({ data }) => parts.push(data);
    made.onstop = () => {
      const type = made.mimeType.split(';')[0] ?? '';
      const name = type === 'video/mp4' ? 'camera.mp4' : 'camera.webm';
      onDone(new File(parts, name, { type }));
    };
    made.start();
    setRecorder(made);
  };

  return (
    <dialog ref={dialog} class="dialog" aria-label={t.title} onClose={() => onDone(undefined)}>
      <h2>{t.title}</h2>
      {refused ? (
        <FailureLine failure={{ code: 'no_camera' }} />
      ) : (
        <video ref={preview} class="player" aria-label={t.preview} autoplay muted playsInline />
      )}
      <p class="hint" role="status">
        {recorder && t.running(seconds)}
      </p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => onDone(undefined)}>
          {t.cancel}
        </button>
        {recorder === undefined ? (
          <button
            type="button"
            class="button primary"
            disabled={stream === undefined}
            onClick={() => stream && start(stream)}
          >
            {t.start}
          </button>
        ) : (
          <button type="button" class="button primary" onClick={() => recorder.stop()}>
            {t.stop}
          </button>
        )}
      </div>
    </dialog>
  );
}
