/** A list of `T` as long as the tuple `L`. */
export type Each<L extends readonly unknown[], T> = { readonly [Index in keyof L]: T };

/** `list.map(f)`, whose result has the length of `list` in its type. */
export function mapTuple<const L extends readonly unknown[], T>(
  list: L,
  f: (item: L[number], index: number) => T,
): Each<L, T>;
export function mapTuple<T>(list: readonly unknown[], f: (item: unknown, index: number) => T): readonly T[] {
  return list.map((item, index) => f(item, index));
}

/** `{ [key]: f(key) }` with the keys in its type. */
export function recordOf<Key extends string, T>(
  keys: readonly Key[],
  f: (key: Key) => T,
): Readonly<Record<Key, T>>;
export function recordOf<T>(keys: readonly string[], f: (key: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(keys.map((key) => [key, f(key)]));
}
