import { HubError } from './hub-error.ts';
import type { RepositoryFile } from './hub.ts';

/** What a file is to an import, by the option of `models import` that takes it. */
export const roles = ['llava', 'mmproj', 'clip', 'stan'] as const;
export type Role = (typeof roles)[number];

export function isRole(name: string): name is Role {
  return roles.some((role) => role === name);
}

/** `folder`: the files belong together and are used by their folder; otherwise there is one file. */
export interface Choice {
  readonly folder: boolean;
  readonly files: readonly RepositoryFile[];
}

const projector = '*mmproj*.gguf';

/**
 * The files of a repository that a role needs: with patterns the one file that they pick, without them what the role
 * is made of. Throws `HubError` `not_found` with a list of what there is.
 */
export function chooseFiles(
  repo: string,
  files: readonly RepositoryFile[],
  role: Role,
  patterns?: readonly string[],
): Choice {
  if (patterns !== undefined) return one(repo, files, patterns);
  if (role === 'stan') return one(repo, files, ['*.pth', '*.pt', '*.bin', '*.safetensors']);
  if (role === 'mmproj') return one(repo, files, [projector]);
  const isProjector = matcher(projector);
  const llms = files.filter(({ path }) => path.toLowerCase().endsWith('.gguf') && !isProjector(path));
  if (role === 'llava' && llms.length > 0) return one(repo, llms, ['*.gguf']);
  return { folder: true, files: modelFolder(repo, files) };
}

/**
 * A pattern picks names in any folder, or whole paths where it holds a slash; `*` and `?` stop at slashes, upper and
 * lower case are one. Patterns are tried in turn, and the first that picks anything must pick one file.
 */
function one(repo: string, files: readonly RepositoryFile[], patterns: readonly string[]): Choice {
  for (const pattern of patterns) {
    const matches = matcher(pattern);
    const found = files.filter(({ path }) => matches(path));
    if (found.length === 1) return { folder: false, files: found };
    if (found.length > 1) {
      const picks = `which one of ${listed(found)} (${repo}:NAME picks it)`;
      throw new HubError('not_found', `${repo} has ${found.length} files like ${pattern}: ${picks}`);
    }
  }
  throw new HubError('not_found', `${repo} has no file like ${patterns.join(' or ')}, but ${listed(files)}`);
}

/** Weights in the better of two forms, configuration and tokenizer: what lies at the top of a Hugging Face folder. */
function modelFolder(repo: string, files: readonly RepositoryFile[]): RepositoryFile[] {
  const top = files.filter(({ path }) => !path.includes('/'));
  const safetensors = top.filter(({ path }) => path.endsWith('.safetensors'));
  const torch = top.filter(({ path }) => /^(pytorch_model.*|mm_projector)\.bin$/.test(path));
  const weights = safetensors.length > 0 ? safetensors : torch;
  if (weights.length === 0)
    throw new HubError(
      'not_found',
      `${repo} has no *.safetensors or pytorch_model*.bin, but ${listed(files)}`,
    );
  return [...weights, ...top.filter(({ path }) => /(\.json|^merges\.txt|^tokenizer\.model)$/.test(path))];
}

function matcher(pattern: string): (path: string) => boolean {
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  const expression = escaped.replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
  const whole = new RegExp(pattern.includes('/') ? `^${expression}$` : `^(?:.*/)?${expression}$`, 'iu');
  return (path) => whole.test(path);
}

function listed(files: readonly RepositoryFile[]): string {
  const most = 20;
  const names = files.slice(0, most).map(({ path, bytes }) => `${path} (${(bytes / 1e9).toFixed(2)} GB)`);
  const more = files.length > most ? ` and ${files.length - most} more` : '';
  return names.length === 0 ? 'nothing' : names.join(', ') + more;
}
