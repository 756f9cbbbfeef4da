import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { EmbeddedClip } from '#engine/retrieval/retrieval.ts';
import { ClipSearch, type ClipSearchParts } from '#search/clip-search.ts';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const { signal } = new AbortController();
const embeddings = { data: Float32Array.of(0.6, 0.8), count: 1, width: 2 };
const embedded: EmbeddedClip = { frames: embeddings, times: [0.5] };

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

describe('searching clips', () => {
  const folder = tempFolder();
  const database = Database.open(join(folder, 'stan-llava.db'));
  after(() => database.close());

  test('a clip that is indexed while a query is compared counts as pending', async () => {
    const clips = await ClipStore.open(database, join(folder, 'clips'));
    let scoring = async (): Promise<void> => undefined;
    let embedding = async (): Promise<void> => undefined;
    const retrieval: ClipSearchParts['retrieval'] = {
      key: { packageHash: 'a', sampler: 'middles' },
      space: { width: 2, logitScale: 1 },
      async embedClip() {
        await embedding();
        return embedded;
      },
      embedTexts: async (texts) => texts.map(() => ({ ...embeddings, words: [] })),
      async score(texts, videos) {
        await scoring();
        const weights = videos.map(() => Float32Array.of(1));
        return {
          similarity: Float32Array.from(videos, () => texts.length),
          frameWeights: weights,
          wordWeights: weights,
        };
      },
      similarities: () => assert.fail('nothing is classified'),
      attention: () => assert.fail('no attention is shown'),
    };
    const search = await ClipSearch.open({ retrieval, clips, database });
    const upload = async (content: string): Promise<string> => {
      const received = await clips.receive(Readable.from([Buffer.from(content)]), { maxBytes: 1000, signal });
      const facts = { name: '', duration: 2, width: 6, height: 4, format: 'mov' } as const;
      return (await clips.keep(operator, received, facts)).id;
    };
    const find = async (): Promise<{ ids: string[]; pending: number }> => {
      const { results, pending } = await search.search({ query: 'a', k: 10 }, { viewer: operator, signal });
      return { ids: results.map(({ videoId }) => videoId), pending };
    };
    const first = await upload('first');
    await until(() => search.counts.indexed === 1);

    let isCompared = false;
    embedding = () => until(() => isCompared);
    scoring = async () => {
      isCompared = true;
      await until(() => search.counts.pending === 0);
    };
    const second = await upload('second');
    assert.deepEqual(await find(), { ids: [first], pending: 1 });
    const { ids, pending } = await find();
    assert.deepEqual(new Set(ids), new Set([first, second]));
    assert.equal(pending, 0);
    await search.close();
  });
});
