import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConversationTemplate, conversationTemplate } from './conversation-template.ts';
import { PackageError } from './package-error.ts';

const folder = join(import.meta.dirname, '../../prompts/conversation');

/** A conversation template of prompts/conversation by its name. Throws `PackageError`, listing those there are. */
export async function readTemplate(name: string): Promise<ConversationTemplate> {
  const names = (await readdir(folder)).map((file) => file.replace(/\.json$/, '')).sort();
  if (!names.includes(name)) {
    throw new PackageError(
      'invalid',
      `There is no conversation template ${name}; there are ${names.join(', ')}.`,
    );
  }
  return conversationTemplate.parse(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')));
}
