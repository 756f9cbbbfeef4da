import { join } from 'node:path';
import { readTemplate } from '#models/package/read-template.ts';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { progressBar } from '#models/progress.ts';
import { conversationWords } from '#models/world/dialogue/vocabulary.ts';
import { demoArchitecture } from './architecture.ts';
import { clipCount, clipDrawing } from './clip-set.ts';
import { drawnPictures, type PictureStore } from './picture-store.ts';
import { finishedWeights, type RunSettings, runStage } from './run-stage.ts';
import type { DemoRun } from './stage.ts';
import { chatStage } from './stages/chat.ts';
import { clipStage, type SceneAt, sparseClipStage } from './stages/clip.ts';
import { branchStart, motionStage, settleStage } from './stages/stan.ts';
import { branchStates, cachedStates, type TowerCache } from './tower-cache.ts';
import { pictureCount, pictureDrawing, trainingScene } from './training-pictures.ts';
import type { WeightMap } from './training-state.ts';

export async function demoRun(seed: number): Promise<DemoRun> {
  const tokenizer = new WordTokenizer(conversationWords());
  const template = await readTemplate('demo');
  const steps = { sparse: 5000, clip: 1000, chat: 2000, motion: 1500, settle: 300 };
  return { arch: demoArchitecture(tokenizer.tokens.length), tokenizer, template, seed, steps };
}

export async function trainSparseClip(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const { sceneAt, pictures } = await trainingPictures(run, settings);
  // Radford et al. start the logit scale at 1/0.07
  const start = new Map([['logit_scale', Float32Array.of(Math.log(1 / 0.07))]]);
  return runStage(sparseClipStage(run, sceneAt, pictures), start, settings);
}

export async function trainClip(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const sparse = await trainSparseClip(run, settings);
  const { sceneAt, pictures } = await trainingPictures(run, settings);
  return runStage(clipStage(run, sceneAt, pictures), sparse, settings);
}

/** How many of the pictures the finish of the branch sees. */
const settlePictures = 4000;

export async function trainMotion(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const clip = await finishedWeights(settings.dir, 'clip');
  const clips = await clipStates(run, settings, clip);
  try {
    return await runStage(motionStage(run, clips), branchStart(run, clip), settings);
  } finally {
    await clips.close();
  }
}

export async function trainStan(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const clip = await finishedWeights(settings.dir, 'clip');
  const moving = await finishedWeights(settings.dir, 'stan-motion');
  const { sceneAt, pictures } = await trainingPictures(run, settings);
  const states = await cachedStates(
    { file: join(settings.dir, 'settle.f16'), count: settlePictures, states: branchStates(run.arch) },
    pictures,
    run.arch,
    clip,
    progressBar('encoding pictures'),
  );
  const clips = await clipStates(run, settings, clip);
  try {
    const stage = settleStage(run, clips, sceneAt, states, settlePictures);
    return await runStage(stage, new Map([...clip, ...moving]), settings);
  } finally {
    await states.close();
    await clips.close();
  }
}

export async function trainChat(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const clip = await finishedWeights(settings.dir, 'clip');
  const { sceneAt, pictures } = await trainingPictures(run, settings);
  const states = await cachedStates(
    { file: join(settings.dir, 'pictures.f16'), count: pictures.length, states: [run.arch.tower.layers] },
    pictures,
    run.arch,
    clip,
    progressBar('encoding pictures'),
  );
  try {
    return await runStage(chatStage(run, sceneAt, states, pictures.length), clip, settings);
  } finally {
    await states.close();
  }
}

async function clipStates(run: DemoRun, { dir }: RunSettings, clip: WeightMap): Promise<TowerCache> {
  const { arch, seed } = run;
  const drawing = clipDrawing(seed, arch.frames);
  const file = join(dir, 'clips.rgb');
  const frames = await drawnPictures(file, drawing, arch.tower.imageSize, progressBar('drawing clips'));
  return cachedStates(
    { file: join(dir, 'clips.f16'), count: clipCount * arch.frames, states: branchStates(arch) },
    frames,
    arch,
    clip,
    progressBar('encoding clips'),
  );
}

export async function trainingPictures(
  run: DemoRun,
  settings: RunSettings,
): Promise<{ sceneAt: SceneAt; pictures: PictureStore }> {
  const scenes = Array.from({ length: pictureCount }, (_, index) => trainingScene(run.seed, index));
  const sceneAt: SceneAt = (index) => {
    const scene = scenes[index];
    if (scene === undefined) throw new RangeError(`no training scene ${index}`);
    return scene;
  };
  const file = join(settings.dir, 'pictures.rgb');
  const { imageSize } = run.arch.tower;
  const drawing = pictureDrawing(run.seed);
  return {
    sceneAt,
    pictures: await drawnPictures(file, drawing, imageSize, progressBar('drawing pictures')),
  };
}
