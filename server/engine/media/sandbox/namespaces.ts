import type { Mount } from './program-files.ts';

const separate = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--'];

/**
 * Builds a root of the mounts alone and runs the program in it. Its words: pairs of source and target, `--`, the program. A folder that
 * every Linux has and no program of ours needs becomes the root; within the new mount namespace, so nobody else sees it.
 */
const script = `set -e
PATH=$PATH:/usr/sbin:/sbin
root=/sys
mount -t tmpfs -o size=1m,mode=755 none $root
mkdir $root/proc $root/dev
while [ "$1" != -- ]; do
  target=$root$2
  folder=\${target%/*}
  [ -d "$folder" ] || mkdir -p "$folder"
  if [ -d "$1" ]; then [ -d "$target" ] || mkdir "$target"; else [ -e "$target" ] || : > "$target"; fi
  mount -o bind,ro "$1" "$target"
  shift 2
done
shift
mount -o remount,bind,ro $root
exec chroot $root "$@"`;

/**
 * Words before a program, which must give up its capabilities first: with them it could leave the new root. `user` may name options
 * for a user namespace, which lets a server without privileges do all this.
 */
export function namespaceWords(user: readonly string[], mounts: readonly Mount[]): string[] {
  const pairs = [{ source: '/dev/null', target: '/dev/null' }, ...mounts].flatMap(({ source, target }) => [
    source,
    target,
  ]);
  return ['unshare', ...user, ...separate, 'sh', '-c', script, 'sh', ...pairs, '--'];
}
