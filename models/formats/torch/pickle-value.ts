import type { DType } from '../tensor-data.ts';

/** One of the few names a checkpoint may refer to. It is a label: nothing is ever looked up or run. */
export type Global =
  | { readonly kind: 'ordered-dict' }
  | { readonly kind: 'rebuild-tensor' }
  | { readonly kind: 'rebuild-parameter' }
  | { readonly kind: 'storage-type'; readonly dtype: DType }
  | { readonly kind: 'attribute-of-inert' }
  | Inert;

/** A name that only training needs, and whatever is made of it: nothing is computed, nothing kept but the name. */
export interface Inert {
  readonly kind: 'inert';
  readonly name: string;
}

/** A run of numbers in the archive's entry `data/<key>`. */
export interface Storage {
  readonly kind: 'storage';
  readonly dtype: DType;
  readonly key: string;
  readonly elements: number;
}

/** A view of a storage, in elements; it lies inside the storage and is not larger. */
export interface TensorView {
  readonly kind: 'tensor';
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** What a checkpoint's pickle can hold. Lists and tuples are both arrays; dicts are maps, so `__proto__` is a key like any. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleMap
  | Global
  | Storage
  | TensorView;

export interface PickleMap extends Map<PickleValue, PickleValue> {}

/** Whether a value is one of the tagged objects above, of that kind. */
export function isKind<K extends (Global | Storage | TensorView)['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
