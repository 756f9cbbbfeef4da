import { clone, clone3, ioctl, refusedCalls } from './system-calls.ts';

/** Classic BPF, as seccomp runs it (Linux: include/uapi/linux/{bpf_common,seccomp,filter}.h). */
const loadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const jumpIfAnyBit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const end = 0x06; // BPF_RET | BPF_K

const allow = 0x7fff_0000;
const killProcess = 0x8000_0000;
const failWith = (errno: number): number => 0x0005_0000 | errno;
const notPermitted = failWith(1);
const notImplemented = failWith(38);

/** Offsets in `struct seccomp_data`; of an argument, the lower half of its 64 bits. */
const numberAt = 0;
const architectureAt = 4;
const argumentAt = (n: number): number => 16 + 8 * n;

const architectures = {
  x64: { id: 0xc000_003e, column: 0 },
  arm64: { id: 0xc000_00b7, column: 1 },
} as const;

/** Calls of x86-64's other ABI have this bit in their numbers, and would slip past the list. */
const otherAbi = 0x4000_0000;
/** CLONE_NEW*: flags that make a namespace. */
const namespaceFlags = 0x7e02_0000;
/** TIOCSTI and TIOCLINUX type into the terminal that the process was started from. */
const terminalRequests = [0x5412, 0x541c];

interface Instruction {
  readonly code: number;
  /** Instructions to skip: where the condition holds, and where it does not. */
  readonly skipIf?: number;
  readonly skipElse?: number;
  readonly k: number;
}

/**
 * The filter of system calls, as `bwrap --seccomp` takes it: an array of `struct sock_filter` for this machine's processor;
 * undefined for one whose numbers are not listed.
 */
export function seccompFilter(architecture: string = process.arch): Buffer | undefined {
  if (architecture !== 'x64' && architecture !== 'arm64') return undefined;
  const { id, column } = architectures[architecture];
  const numbers = Object.values(refusedCalls).flatMap((call) => call[column] ?? []);
  return assemble([
    { code: loadWord, k: architectureAt },
    ...unless(jumpIfEqual, id, killProcess),
    { code: loadWord, k: numberAt },
    ...when(jumpIfAtLeast, otherAbi, notPermitted),
    ...numbers.flatMap((number) => when(jumpIfEqual, number, notPermitted)),
    // its flags are behind a pointer, which no filter can follow; the C library goes on with `clone`
    ...when(jumpIfEqual, clone3[column] ?? 0, notImplemented),
    ...onArgument(clone[column] ?? 0, 0, when(jumpIfAnyBit, namespaceFlags, notPermitted)),
    ...onArgument(
      ioctl[column] ?? 0,
      1,
      terminalRequests.flatMap((request) => when(jumpIfEqual, request, notPermitted)),
    ),
    { code: end, k: allow },
  ]);
}

/** Ends with `result` where the condition holds. */
function when(code: number, k: number, result: number): Instruction[] {
  return [
    { code, k, skipElse: 1 },
    { code: end, k: result },
  ];
}

function unless(code: number, k: number, result: number): Instruction[] {
  return [
    { code, k, skipIf: 1 },
    { code: end, k: result },
  ];
}

/** Checks of one argument of one call; the call's number is loaded before and after. */
function onArgument(number: number, argument: number, checks: readonly Instruction[]): Instruction[] {
  return [
    { code: jumpIfEqual, k: number, skipElse: checks.length + 2 },
    { code: loadWord, k: argumentAt(argument) },
    ...checks,
    { code: loadWord, k: numberAt },
  ];
}

function assemble(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * instructions.length);
  for (const [i, { code, skipIf = 0, skipElse = 0, k }] of instructions.entries()) {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(skipIf, 8 * i + 2);
    bytes.writeUInt8(skipElse, 8 * i + 3);
    bytes.writeUInt32LE(k >>> 0, 8 * i + 4);
  }
  return bytes;
}
