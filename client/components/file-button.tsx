import type { ComponentChildren } from 'preact';

interface FileButtonProps {
  readonly class: string;
  readonly onFile: (file: File) => void;
  /** Kinds of files, as the input's attribute. */
  readonly accept: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}

/** A file input that looks like what it contains; it stays a real input, so the keyboard reaches it. */
export function FileButton({ class: look, onFile, accept, title, children }: FileButtonProps) {
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
