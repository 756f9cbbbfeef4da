import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { captionedClips, leaveOut } from '#models/evaluate/datasets/captioned-clips.ts';
import { ClipFiles } from '#models/evaluate/datasets/clip-files.ts';
import { labelledClips } from '#models/evaluate/datasets/labelled-clips.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('data sets on disk', () => {
  const root = tempFolder();
  let made = 0;

  function write(files: Record<string, string>): string {
    const folder = join(root, `${made++}`);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  }

  test('clips are found by path, by file name and by name without its end, in any folder below', async () => {
    const folder = write({ 'a/one.mp4': '', 'b/one.mp4': '', 'b/two.x.AVI': '', 'one.txt': '' });
    symlinkSync(join(folder, 'a/one.mp4'), join(folder, 'linked.webm'));
    const files = await ClipFiles.in(folder);
    assert.deepEqual(
      files.all.map(({ name }) => name),
      ['a/one.mp4', 'b/one.mp4', 'b/two.x.AVI', 'linked.webm'],
    );
    assert.equal(files.find('b/one.mp4')?.path, join(folder, 'b/one.mp4'));
    assert.equal(files.find('./b/one.mp4')?.name, 'b/one.mp4');
    assert.equal(files.find('one')?.name, 'a/one.mp4');
    assert.equal(files.find('two.x')?.name, 'b/two.x.AVI');
    assert.equal(files.find('linked')?.name, 'linked.webm');
    assert.equal(files.find('../../etc/passwd'), undefined);
    assert.equal(files.find('one.txt'), undefined);
    await assert.rejects(ClipFiles.in(join(folder, 'none')), /cannot be read/);
  });

  test('captions and clips are paired; clips that are not there are named', async () => {
    const folder = write({
      'captions.csv': 'file,caption\na.mp4,red\nb.mp4,blue\ngone.mp4,green\na.mp4,round\nb.mp4,red\n',
      'videos/a.mp4': '',
      'videos/b.mp4': '',
    });
    const own = await captionedClips(folder);
    assert.deepEqual(
      own.clips.map(({ name }) => name),
      ['videos/a.mp4', 'videos/b.mp4'],
    );
    assert.deepEqual(own.texts, ['red', 'blue', 'round', 'red']);
    assert.deepEqual([own.matches, own.missing], [[[0], [1], [0], [1]], ['gone.mp4']]);
    const merged = await captionedClips(folder, { mergeSame: true });
    assert.deepEqual(
      [merged.texts, merged.matches],
      [
        ['red', 'blue', 'round'],
        [[0, 1], [1], [0]],
      ],
    );
    const kept = leaveOut(merged, new Set([0]));
    assert.deepEqual(
      [kept.texts, kept.matches],
      [
        ['red', 'blue'],
        [[0], [0]],
      ],
    );
    assert.deepEqual(
      kept.clips.map(({ name }) => name),
      ['videos/b.mp4'],
    );
  });

  test('a data set without clips or captions says where they were looked for', async () => {
    const folder = write({ 'captions.csv': 'file,caption\na.mp4,red\n', 'x/b.mp4': '', 'bad.csv': 'x' });
    await assert.rejects(captionedClips(folder), /none of the 1 clips is in .*such as a\.mp4.*--videos/);
    await assert.rejects(captionedClips(join(folder, 'x')), /holds none of captions\.csv/);
    await assert.rejects(captionedClips(join(folder, 'nothing')), /is not there/);
    await assert.rejects(captionedClips(join(folder, 'bad.csv')), /bad\.csv: the first line is "x"/);
    writeFileSync(join(folder, 'captions.csv'), Uint8Array.of(0xff, 0xfe, 0xff));
    await assert.rejects(captionedClips(folder), /no UTF-8 text/);
  });

  test('labels come from a file, or from the folders the clips lie in', async () => {
    const folders = write({
      'brush_hair/1.avi': '',
      'RideBike/2.avi': '',
      'RideBike/3.avi': '',
      'loose.avi': '',
    });
    const byFolder = await labelledClips(folders);
    assert.deepEqual(byFolder.labels, ['Ride Bike', 'brush hair']);
    assert.deepEqual(
      byFolder.clips.map(({ name, label }) => [name, label]),
      [
        ['RideBike/2.avi', 0],
        ['RideBike/3.avi', 0],
        ['brush_hair/1.avi', 1],
      ],
    );
    const listed = write({ 'labels.csv': 'file,label\n1.avi,sit_down\n2.avi,wave\n', 'all/2.avi': '' });
    const byFile = await labelledClips(listed);
    assert.deepEqual([byFile.labels, byFile.missing], [['sit_down', 'wave'], ['1.avi']]);
    assert.equal(byFile.clips[0]?.label, 1);
    await assert.rejects(labelledClips(write({ 'a/1.avi': '' })), /1 clips that are there and 1 labels/);
    await assert.rejects(labelledClips(write({ 'labels.csv': '1.avi,x\n' })), /must be file,label/);
  });
});
