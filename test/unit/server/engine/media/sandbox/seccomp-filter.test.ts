import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seccompFilter } from '#engine/media/sandbox/seccomp-filter.ts';

const allow = 0x7fff_0000;
const notPermitted = 0x0005_0001;
const x64 = 0xc000_003e;

interface Call {
  readonly architecture?: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** What the kernel would decide: an interpreter of the few instructions of classic BPF that filters use. */
function decide(filter: Buffer, { architecture = x64, number, args = [] }: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  for (const [n, argument] of args.entries()) data.writeUInt32LE(argument, 16 + 8 * n);
  let accumulator = 0;
  for (let i = 0; ; i++) {
    const at = 8 * i;
    const [code, skipIf, skipElse] = [
      filter.readUInt16LE(at),
      filter.readUInt8(at + 2),
      filter.readUInt8(at + 3),
    ];
    const k = filter.readUInt32LE(at + 4);
    if (code === 0x06) return k;
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x15) i += accumulator === k ? skipIf : skipElse;
    else if (code === 0x35) i += accumulator >= k ? skipIf : skipElse;
    else if (code === 0x45) i += (accumulator & k) !== 0 ? skipIf : skipElse;
    else assert.fail(`instruction ${code}`);
  }
}

describe('the filter of system calls', () => {
  const filter = seccompFilter('x64') ?? assert.fail();

  test('lets pass what a decoder does', () => {
    // read, write, openat, mmap, mprotect, futex, exit_group, execve, rt_sigaction, sched_getaffinity, getrandom, tgkill
    for (const number of [0, 1, 257, 9, 10, 202, 231, 59, 13, 204, 318, 234])
      assert.equal(decide(filter, { number }), allow, `${number}`);
  });

  test('refuses sockets, signals to others, tracing, mounts and new files', () => {
    // socket, connect, kill, ptrace, process_vm_readv, mount, unshare, mkdir, unlinkat, bpf, pidfd_open
    for (const number of [41, 42, 62, 101, 310, 165, 272, 83, 263, 321, 434])
      assert.equal(decide(filter, { number }), notPermitted, `${number}`);
  });

  test('threads and children may be made, namespaces not; clone3 is as good as missing', () => {
    const clone = 56;
    assert.equal(decide(filter, { number: clone, args: [0x3d0f00] }), allow);
    assert.equal(decide(filter, { number: clone, args: [0x11] }), allow);
    assert.equal(decide(filter, { number: clone, args: [0x1000_0000 | 0x11] }), notPermitted);
    assert.equal(decide(filter, { number: 435 }), 0x0005_0000 | 38);
  });

  test('the terminal cannot be typed into', () => {
    assert.equal(decide(filter, { number: 16, args: [1, 0x5412] }), notPermitted);
    assert.equal(decide(filter, { number: 16, args: [1, 0x5401] }), allow);
  });

  test('calls by another ABI do not slip past', () => {
    assert.equal(decide(filter, { number: 0x4000_0000 + 41 }), notPermitted);
    assert.equal(decide(filter, { architecture: 0x4000_0003, number: 102 }), 0x8000_0000);
    assert.equal(
      decide(seccompFilter('arm64') ?? assert.fail(), { architecture: 0xc000_00b7, number: 198 }),
      notPermitted,
    );
    assert.equal(seccompFilter('riscv64'), undefined);
  });
});
