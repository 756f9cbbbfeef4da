import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const scripts: object = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
const folders = ['server', 'client', 'models', 'prompts', 'test', 'bench', 'docs', '.ci', '.github'];

/** All text of sources and documents, to look identifiers up in. */
const texts = new Map(
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .concat(['setup.mjs', 'package.json', 'tsconfig.json', 'Dockerfile', 'compose.yaml'])
    .filter((path) => /\.(tsx?|mjs|css|sql|json|yaml|yml|service)$|Dockerfile$|\.ci\/run$/.test(path))
    .filter((path) => !/demo\/|dist\//.test(path) && statSync(join(root, path)).isFile())
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/README.md']
  .concat(
    readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
  )
  .filter((path) => path.endsWith('.md'));

function exists(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
}

/** What is in backticks, outside code blocks. */
function inBackticks(text: string): string[] {
  const prose = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/^ {4}.*$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
}

describe('documents say what is there', () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8');

    test(`${document}: files and folders exist`, () => {
      const named = inBackticks(text).filter((code) =>
        /^(server|client|models|prompts|test|bench|docs)\/[\w./-]*$/.test(code),
      );
      assert.deepEqual(
        named.filter((path) => !exists(path)),
        [],
      );
    });

    test(`${document}: links lead to files`, () => {
      const targets = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
        ([, target]) => target ?? '',
      );
      assert.deepEqual(
        targets.filter((target) => !exists(join(document, '..', target))),
        [],
      );
    });

    test(`${document}: npm scripts exist`, () => {
      const run = [...text.matchAll(/npm (?:run (?:-s )?)([\w:-]+)/g)].map(([, name]) => name ?? '');
      assert.deepEqual(
        run.filter((name) => !(name in scripts)),
        [],
      );
    });

    test(`${document}: identifiers are in the sources`, () => {
      const identifiers = inBackticks(text).filter((code) =>
        /^[a-z]+[A-Z]\w+(\(\))?$|^[A-Z]+_[A-Z_]+$/.test(code),
      );
      const all = [...texts.values()].join('\n');
      assert.deepEqual(
        identifiers.map((name) => name.replace('()', '')).filter((name) => !all.includes(name)),
        [],
      );
    });
  }

  test('comments name documents and sections that exist', () => {
    const missing = [...texts].flatMap(([path, text]) =>
      [...text.matchAll(/(?<!, )\bdocs\/[\w-]+\.md/g)]
        .filter(([name]) => !exists(name))
        .map(([name]) => `${path}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  test('the README fits on a few screens', () => {
    assert.ok(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length <= 150);
  });
});
