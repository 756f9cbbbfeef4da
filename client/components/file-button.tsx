import type { ComponentChildren } from 'preact';

interface FileButtonProps {
  readonly class: string;
  readonly onFiles: (files: readonly File[]) => void;
  /** Kinds of files, as the input's attribute. */
  readonly accept: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}

/** A file input that looks like what it contains; it stays a real input, so the keyboard reaches it. */
export function FileButton({ class: look, onFiles, accept, title, children }: FileButtonProps) {
  return (
    <label class={look} title={title}>
      <input
        class="unseen"
        type="file"
        accept={accept}
        multiple
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // Cleared, so that choosing the same file again counts as a change.
          currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
      {children}
    </label>
  );
}
