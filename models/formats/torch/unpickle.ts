import { findGlobal, rebuild, storage } from './globals.ts';
import { type Fail, PickleInput } from './pickle-input.ts';
import { isKind, type PickleMap, type PickleValue } from './pickle-value.ts';

/** A checkpoint takes about 30 instructions a tensor: this is enough for 30,000, and a million empty dicts fit in memory. */
const maxOperations = 1_000_000;
const deepestMarks = 256;

/**
 * Reads a pickle (protocol 2 to 5) as torch writes it. It can run no code: it builds values, and the few globals it knows
 * are labels. Any other global or instruction throws `FormatError`.
 */
export function unpickle(bytes: Buffer, fail: Fail): PickleValue {
  const machine = new Machine(new PickleInput(bytes, fail));
  for (let operations = 0; operations < maxOperations; operations++) {
    const code = machine.input.uint8();
    if (code === stop) return machine.result();
    const operation = instructions.get(code);
    if (operation === undefined) {
      throw machine.input.error('unsupported', `uses the pickle instruction 0x${code.toString(16)}`);
    }
    operation(machine);
  }
  throw fail('too_large', `its pickle has more than ${maxOperations} instructions`);
}

class Machine {
  readonly input: PickleInput;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(input: PickleInput) {
    this.input = input;
  }

  readonly fail: Fail = (code, problem) => this.input.error(code, problem);

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  /** The newest value, which must be above the newest mark. */
  top(): PickleValue {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
    if (value === undefined) throw this.fail('malformed', 'the pickle takes a value that is not there');
    return value;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  mark(): void {
    if (this.#marks.length >= deepestMarks) throw this.fail('too_large', 'the pickle nests too deep');
    this.#marks.push(this.#stack.length);
  }

  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.fail('malformed', 'the pickle goes back to a mark it did not set');
    return this.#stack.splice(mark);
  }

  remember(slot: number): void {
    if (slot >= maxOperations) throw this.fail('too_large', `the pickle uses memo slot ${slot}`);
    this.#memo.set(slot, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(slot: number): void {
    const value = this.#memo.get(slot);
    if (value === undefined) throw this.fail('malformed', `the pickle reads empty memo slot ${slot}`);
    this.push(value);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (isKind(list, 'inert')) return;
    if (!Array.isArray(list)) throw this.fail('malformed', 'the pickle appends to what is not a list');
    for (const item of items) list.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.topDict();
    if (dict === undefined) return;
    for (let i = 0; i + 1 < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null);
  }

  /** The dict to fill; undefined for an inert value, which takes anything. */
  topDict(): PickleMap | undefined {
    const dict = this.top();
    if (isKind(dict, 'inert')) return undefined;
    if (!(dict instanceof Map)) throw this.fail('malformed', 'the pickle fills what is not a dict');
    return dict;
  }

  result(): PickleValue {
    const [value, ...rest] = this.#stack;
    if (value === undefined || rest.length > 0) throw this.fail('malformed', 'the pickle ends in disorder');
    return value;
  }
}

const stop = 0x2e;

/** Named as in CPython's pickletools; what torch never writes is left out. */
const instructions: ReadonlyMap<number, (m: Machine) => void> = new Map<number, (m: Machine) => void>([
  [0x80, (m) => void m.input.uint8()], // PROTO
  [0x95, (m) => void m.input.take(8)], // FRAME: only a hint for buffering

  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.input.int32())], // BININT
  [0x4b, (m) => m.push(m.input.uint8())], // BININT1
  [0x4d, (m) => m.push(m.input.uint16())], // BININT2
  [0x8a, (m) => m.push(m.input.long())], // LONG1
  [0x47, (m) => m.push(m.input.float64())], // BINFLOAT
  [0x58, (m) => m.push(m.input.text(m.input.uint32()))], // BINUNICODE
  [0x8c, (m) => m.push(m.input.text(m.input.uint8()))], // SHORT_BINUNICODE
  [0x42, (m) => m.push(m.input.take(m.input.uint32()))], // BINBYTES
  [0x43, (m) => m.push(m.input.take(m.input.uint8()))], // SHORT_BINBYTES

  [0x28, (m) => m.mark()], // MARK
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x85, (m) => m.push(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.push(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.push(m.popMany(3))], // TUPLE3
  [0x74, (m) => m.push(m.popToMark())], // TUPLE
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append(m.popMany(1))], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS

  [0x71, (m) => m.remember(m.input.uint8())], // BINPUT
  [0x72, (m) => m.remember(m.input.uint32())], // LONG_BINPUT
  [0x94, (m) => m.rememberNext()], // MEMOIZE
  [0x68, (m) => m.recall(m.input.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.input.uint32())], // LONG_BINGET

  [0x63, (m) => m.push(findGlobal(m.input.line(), m.input.line(), m.fail))], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x51, (m) => m.push(storage(m.pop(), m.fail))], // BINPERSID
  [0x52, reduce], // REDUCE
  [0x81, construct], // NEWOBJ
  [0x62, build], // BUILD
]);

function stackGlobal(m: Machine): void {
  const [module, name] = m.popMany(2);
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw m.fail('malformed', 'the pickle names a global by what is not a text');
  }
  m.push(findGlobal(module, name, m.fail));
}

function reduce(m: Machine): void {
  const args = m.pop();
  m.push(rebuild(m.pop(), args, m.fail));
}

function construct(m: Machine): void {
  m.pop();
  if (!isKind(m.top(), 'inert'))
    throw m.fail('malformed', 'the pickle constructs what cannot be constructed');
}

/** Attributes of an object. A state dict carries its version this way (`_metadata`), which nobody needs: dropped. */
function build(m: Machine): void {
  m.pop();
  m.topDict();
}
