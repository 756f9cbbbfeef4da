import { texts } from '../messages/language.ts';
import { asJson, asMarkdown, download, type Exported } from '../state/export.ts';

/** The conversation as a file: to read, or with everything in it. */
export function ExportButtons(exported: Exported) {
  const name = exported.conversation.info.title.replace(/[^\p{L}\p{N} _-]/gu, '').trim() || 'conversation';
  return (
    <p class="exports">
      <span class="hint">{texts.value.export}</span>
      <button
        type="button"
        class="chip"
        onClick={() => download(`${name}.md`, 'text/markdown', asMarkdown(exported))}
      >
        Markdown
      </button>
      <button
        type="button"
        class="chip"
        onClick={() => download(`${name}.json`, 'application/json', asJson(exported))}
      >
        JSON
      </button>
    </p>
  );
}
