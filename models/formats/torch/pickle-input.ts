import type { FormatError, FormatErrorCode } from '../format-error.ts';

/** Makes the error to throw about the file at hand. */
export type Fail = (code: FormatErrorCode, problem: string) => FormatError;

const maxLineLength = 1024;

/** The bytes of a pickle, read front to back and never past their end. */
export class PickleInput {
  readonly #bytes: Buffer;
  readonly #fail: Fail;
  #position = 0;

  constructor(bytes: Buffer, fail: Fail) {
    this.#bytes = bytes;
    this.#fail = fail;
  }

  /** An error about the place reached so far. */
  error(code: FormatErrorCode, problem: string): FormatError {
    return this.#fail(code, `${problem} (byte ${this.#position} of its pickle)`);
  }

  take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw this.error('truncated', 'the pickle ends too early');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  uint8(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  int32(): number {
    return this.take(4).readInt32LE();
  }

  /** The one number pickle stores big end first. */
  float64(): number {
    return this.take(8).readDoubleBE();
  }

  /** Two's complement of any length up to 255 bytes. */
  long(): number | bigint {
    const digits = this.take(this.uint8());
    let value = 0n;
    for (const byte of digits.toReversed()) value = (value << 8n) | BigInt(byte);
    const long = BigInt.asIntN(digits.length * 8, value);
    return BigInt.asIntN(53, long) === long ? Number(long) : long;
  }

  text(length: number): string {
    const bytes = this.take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.error('malformed', 'a text in the pickle is not UTF-8');
    }
  }

  line(): string {
    const rest = this.#bytes.subarray(this.#position, this.#position + maxLineLength);
    const length = rest.indexOf(0x0a);
    if (length < 0) throw this.error('malformed', 'a line in the pickle does not end');
    const line = this.text(length);
    this.take(1);
    return line;
  }
}
