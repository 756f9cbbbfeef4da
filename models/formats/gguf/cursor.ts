import type { BoundedFile } from '../bounded-file.ts';
import type { Scalar, ScalarType } from './types.ts';

const windowBytes = 1 << 20;
/** The longest text among metadata is a chat template. */
const maxStringLength = 16 << 20;

/** Reads a header front to back through a window, so that a file of gigabytes needs a megabyte of memory. */
export class Cursor {
  #window = Buffer.alloc(0);
  #start = 0;
  #index = 0;
  readonly #file: BoundedFile;

  constructor(file: BoundedFile) {
    this.#file = file;
  }

  get offset(): number {
    return this.#start + this.#index;
  }

  async #take(length: number): Promise<Buffer> {
    if (this.#index + length > this.#window.length) {
      this.#start = this.offset;
      this.#index = 0;
      const wanted = Math.max(length, Math.min(windowBytes, this.#file.size - this.#start));
      this.#window = await this.#file.read(this.#start, wanted);
    }
    this.#index += length;
    return this.#window.subarray(this.#index - length, this.#index);
  }

  async uint32(): Promise<number> {
    return (await this.#take(4)).readUInt32LE();
  }

  /** A 64-bit count, refused above `max`. */
  async count(what: string, max: number): Promise<number> {
    const value = (await this.#take(8)).readBigUInt64LE();
    if (value > BigInt(max)) throw this.#file.error('too_large', `${value} ${what}, more than ${max}`);
    return Number(value);
  }

  async string(): Promise<string> {
    const length = await this.count('bytes of text', Math.min(maxStringLength, this.#file.size));
    return (await this.#take(length)).toString('utf8');
  }

  async scalar(type: ScalarType): Promise<Scalar> {
    switch (type) {
      case 'uint8':
        return (await this.#take(1)).readUInt8();
      case 'int8':
        return (await this.#take(1)).readInt8();
      case 'uint16':
        return (await this.#take(2)).readUInt16LE();
      case 'int16':
        return (await this.#take(2)).readInt16LE();
      case 'uint32':
        return this.uint32();
      case 'int32':
        return (await this.#take(4)).readInt32LE();
      case 'float32':
        return (await this.#take(4)).readFloatLE();
      case 'bool':
        return (await this.#take(1)).readUInt8() !== 0;
      case 'string':
        return this.string();
      case 'uint64':
        return (await this.#take(8)).readBigUInt64LE();
      case 'int64':
        return (await this.#take(8)).readBigInt64LE();
      case 'float64':
        return (await this.#take(8)).readDoubleLE();
    }
  }
}
