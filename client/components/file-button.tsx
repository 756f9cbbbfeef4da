import type { ComponentChildren } from 'preact';

interface FileButtonProps {
  readonly class: string;
  readonly onFile: (file: File) => void;
  /** Kinds of files; clips unless said otherwise. */
  readonly accept?: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}

const clips = 'video/*,image/gif,.mkv,.avi,.ts,.flv';

/** A file input that looks like what it contains; it stays a real input, so the keyboard reaches it. */
export function FileButton({ class: look, onFile, accept = clips, title, children }: FileButtonProps) {
  return (
    <label class={look} title={title}>
      <input
        class="unseen"
        type="file"
        accept={accept}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          // Cleared, so that withChoice the same file again counts as a change.
          currentTarget.value = '';
          if (file !== undefined) onFile(file);
        }}
      />
      {children}
    </label>
  );
}
