import assert from 'node:assert/strict';
import { z } from 'zod';
import { loadEngine } from '#engine/load-engine.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

export const deviceAnswer = z.object({ text: z.string(), device: z.string() });
export type DeviceAnswer = z.infer<typeof deviceAnswer>;

/** The demo package's description of a clip, and the device that it was generated on. */
export async function answerOn(
  gpu: 'off' | 'vulkan',
  { clip, dataDir }: { readonly clip: string; readonly dataDir: string },
): Promise<DeviceAnswer> {
  const { signal } = new AbortController();
  const engine = await loadEngine(smallPackage, { dataDir, maxClipSeconds: 60, signal, gpu });
  try {
    const clips = [{ path: clip, sha256: 'a'.repeat(64) }];
    const turn = { question: 'Describe what happens in the video.', clips };
    for await (const event of engine.answer([turn], { signal })) {
      if (event.type === 'done') return { text: event.text, device: engine.device };
    }
    return assert.fail('no end');
  } finally {
    await engine.dispose();
  }
}
