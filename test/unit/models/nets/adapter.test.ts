import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '#models/graph/run.ts';
import { input, type Shape } from '#models/graph/tensor.ts';
import { visionTower } from '#models/nets/clip.ts';
import { type AdapterConfig, type StanConfig, stanBranch } from '#models/nets/stan.ts';
import { WeightSet, scope } from '#models/nets/weights.ts';
import { initialValue } from '#models/train/initialise.ts';

const tower = { width: 8, heads: 2, mlpWidth: 16, layers: 4, epsilon: 1e-5, imageSize: 8, patchSize: 4 };
const frames = 4;
const pixels = Float32Array.from({ length: frames * 3 * 64 }, (_, index) => Math.sin(index * index));

/** The patches of the branch's last state on one clip of `frames` pictures; `time` is how the graph knows their number. */
async function lastState(
  adapter: AdapterConfig | undefined,
  { balance = 0, time = frames }: { balance?: number; time?: Shape[number] } = {},
): Promise<Float32Array> {
  const stan: StanConfig = { depth: 2, interval: 1, temporal: 'attention', maxFrames: 6, adapter };
  const set = new WeightSet();
  const states = visionTower(scope(set.get, 'vision_model'), input('pixels', [time, 3, 8, 8]), tower);
  const seen = { tower: states, clips: 1, positions: input('positions', [time], 'int64') };
  const { patches: state } = stanBranch(set.get, seen, tower, stan).at(-1)!;
  const value = (name: string): Float32Array => {
    const shape = set.tensors.get(name)!.shape.map(Number);
    if (name === 'stan.balance2') return new Float32Array(tower.width).fill(balance);
    // every weight drawn, also those that training starts at zero
    return initialValue(name.replace('temporal_fc', 'trained').replace('.bias', '.offset'), shape, 2);
  };
  const graph = await compile({ state }, value, { threads: 1 });
  const results = await graph.run({
    pixels: { data: pixels, shape: [frames, 3, 8, 8] },
    positions: { data: BigInt64Array.from({ length: frames }, (_, t) => BigInt(t)), shape: [frames] },
  });
  await graph.release();
  return results['state']!;
}

describe('the BT-Adapter', () => {
  test('cuts a clip into halves whose frames do not see each other along time', async () => {
    const whole = await lastState({ gated: false, cutsFrames: false });
    const cut = await lastState({ gated: false, cutsFrames: true });
    assert.equal(cut.length, whole.length);
    assert.notDeepEqual(cut, whole);
  });

  test('is the same whether the number of frames is known when the graph is built or when it is run', async () => {
    for (const cutsFrames of [false, true]) {
      const known = await lastState({ gated: true, cutsFrames });
      const unknown = await lastState({ gated: true, cutsFrames }, { time: 'T' });
      known.forEach((value, index) => {
        assert.ok(Math.abs(value - unknown[index]!) < 1e-5);
      });
    }
  });

  test('a gate far below zero keeps the state, far above takes the tower, at zero the mean of both', async () => {
    const gated = (balance: number) => lastState({ gated: true, cutsFrames: false }, { balance });
    const [kept, taken, mean] = await Promise.all([gated(-1), gated(1), gated(0)]);
    assert.ok([...kept, ...taken, ...mean].every(Number.isFinite));
    assert.notDeepEqual(kept, taken);
    assert.notDeepEqual(mean, taken);
    // saturated: further makes no difference
    assert.deepEqual(await gated(-2), kept);
    assert.deepEqual(await gated(2), taken);
  });

  test('has a class embedding of its own', async () => {
    assert.notDeepEqual(await lastState({ gated: false, cutsFrames: false }), await lastState(undefined));
  });

  test('refuses an odd number of frames where it has to halve them', async () => {
    await assert.rejects(lastState({ gated: false, cutsFrames: true }, { time: 3 }), /3 is odd/);
  });
});
