import type { ComponentChildren } from 'preact';

interface FileButtonProps {
  readonly class: string;
  readonly onFile: (file: File) => void;
  readonly children: ComponentChildren;
}

/** A file input that looks like what it contains; it stays a real input, so the keyboard reaches it. */
export function FileButton({ class: look, onFile, children }: FileButtonProps) {
  return (
    <label class={look}>
      <input
        class="unseen"
        type="file"
        accept="video/*,image/gif,.mkv,.avi,.ts,.flv"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          // Cleared, so that choosing the same file again counts as a change.
          currentTarget.value = '';
          if (file !== undefined) onFile(file);
        }}
      />
      {children}
    </label>
  );
}
