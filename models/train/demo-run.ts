import { join } from 'node:path';
import { readTemplate } from '#models/package/read-template.ts';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { drawPicture, splitRandom } from '#models/world/dataset.ts';
import type { Scene } from '#models/world/scene.ts';
import { worldWords } from '#models/world/vocabulary.ts';
import { demoArchitecture } from './architecture.ts';
import type { DemoRun } from './stage.ts';
import type { WeightMap } from './training-state.ts';
import { ClipSet, planClips } from './clip-set.ts';
import { drawnPictures, type PictureStore } from './picture-store.ts';
import { progressBar } from '#models/progress.ts';
import { finishedWeights, type RunSettings, runStage } from './run-stage.ts';
import { chatStage } from './stages/chat.ts';
import { clipStage } from './stages/clip.ts';
import { branchStart, motionStage, settleStage } from './stages/stan.ts';

const pictureCount = 48000;
const clipsPerMotion = 10;

export async function demoRun(seed: number): Promise<DemoRun> {
  const tokenizer = new WordTokenizer(worldWords());
  const template = await readTemplate('demo');
  const steps = { clip: 1800, chat: 900, motion: 500, settle: 150 };
  return { arch: demoArchitecture(tokenizer.tokens.length), tokenizer, template, seed, steps };
}

export async function trainClip(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const { scenes, pictures } = await trainingPictures(run, settings);
  // Radford et al. start the logit scale at 1/0.07
  const start = new Map([['logit_scale', Float32Array.of(Math.log(1 / 0.07))]]);
  return runStage(clipStage(run, scenes, pictures), start, settings);
}

export async function trainChat(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const clip = await finishedWeights(settings.dir, 'clip');
  const { scenes, pictures } = await trainingPictures(run, settings);
  return runStage(chatStage(run, scenes, pictures), clip, settings);
}

export async function trainStan(run: DemoRun, settings: RunSettings): Promise<WeightMap> {
  const clip = await finishedWeights(settings.dir, 'clip');
  const plan = planClips(run.seed, run.arch.frames, clipsPerMotion);
  const file = join(settings.dir, 'clips.rgb');
  const clips = new ClipSet(
    plan,
    await drawnPictures(file, plan.shots, vision(run), progressBar('drawing clips')),
  );
  const moving = await runStage(motionStage(run, clips), branchStart(run, clip), settings);
  const { scenes, pictures } = await trainingPictures(run, settings);
  return runStage(settleStage(run, clips, scenes, pictures), new Map([...clip, ...moving]), settings);
}

async function trainingPictures(
  run: DemoRun,
  settings: RunSettings,
): Promise<{ scenes: readonly Scene[]; pictures: PictureStore }> {
  const random = splitRandom('train', run.seed);
  const scenes = Array.from({ length: pictureCount }, () => drawPicture(random));
  const shots = scenes.map((scene) => ({ scene, time: 1 }));
  const file = join(settings.dir, 'pictures.rgb');
  return { scenes, pictures: await drawnPictures(file, shots, vision(run), progressBar('drawing pictures')) };
}

function vision({ arch }: DemoRun) {
  return {
    imageSize: arch.tower.imageSize,
    resize: 'crop' as const,
    mean: [...arch.mean] as [number, number, number],
  };
}
