import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const folders = ['server', 'client', 'models', 'test', 'bench', 'docs'];

/** Private names that have a standard term, and that term. */
const renamed: Readonly<Record<string, string>> = {
  Lane: 'SequenceSlot',
  Lanes: 'SequencePool',
  VideoSlots: 'EmbeddingSlots',
  VideoRows: 'EmbeddingTable',
  HeldClips: 'SlotLease',
  watchClip: 'encodeVideo',
  ClipWatcher: 'CachedVideoEncoder',
  WatchParts: 'EncodeVideoParts',
  SeenClip: 'EncodedVideo',
  readClip: 'loadFrames',
  encodeClip: 'writeMp4',
  Talk: 'Conversation',
  answerTalk: 'answerConversation',
  talkOf: 'conversationOf',
  begun: 'prefill',
  answersRemembered: 'maxRememberedAnswers',
  AnswerText: 'StreamingDetokenizer',
  SharedWork: 'SingleFlight',
  WorkInProgress: 'TaskGroup',
  Turns: 'KeyedMutex',
  TurnOptions: 'QueueOptions',
  Follower: 'Subscriber',
  Visit: 'AppState',
  Insights: 'Analysis',
  meetModel: 'waitForModel',
  unasked: 'pendingClips',
  shadeOf: 'relativeWeight',
  warmth: 'intensity',
  CaptionWish: 'CaptionParams',
  OrderWish: 'OrderOptions',
  EncoderWish: 'EncoderOptions',
  WayName: 'ScoringMethod',
  wayNames: 'scoringMethodNames',
  Matcher: 'SimilarityScorer',
  tellOf: 'resolveClips',
  troubled: 'onWarning',
  waitsTo: 'label',
  patienceMs: 'gracePeriodMs or busyTimeoutMs',
  inWords: 'mapSqliteError',
  misread: 'usageError',
  makingOptions: 'buildOptions',
  StageClock: 'StageTimer',
  noTime: 'zeroTimings',
  OrderAsker: 'TemporalProbe',
  ServedModel: 'SpawnedServer',
  onPlace: 'onQueuePosition',
  lookAtAll: 'prepareAll',
};

/** Wire names of earlier versions. */
const wireNames = ['video:look', 'look:stop', 'generation:follow'];

const sources = folders
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .concat(['README.md', 'CONTRIBUTING.md'])
  .filter(
    (path) =>
      /\.(tsx?|mjs|md)$/.test(path) && !path.includes('dist/') && path !== 'test/checks/words.test.ts',
  );
const texts = new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

function usesOf(pattern: RegExp): string[] {
  return [...texts].flatMap(([path, text]) =>
    text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

describe("the field's own words", () => {
  for (const [old, standard] of Object.entries(renamed)) {
    test(`${old} is ${standard}`, () => {
      assert.deepEqual(usesOf(new RegExp(`\\b${old}\\b`)), []);
    });
  }

  for (const name of wireNames) {
    test(`${name} is not on the wire`, () => {
      assert.deepEqual(usesOf(new RegExp(name)), []);
    });
  }

  test('limits are called max, not most, longest or largest', () => {
    assert.deepEqual(usesOf(/\bconst (most|longest|largest)[A-Z]\w* =/), []);
  });

  test('no literal is spread into another one, only to keep several keys on one line', () => {
    assert.deepEqual(usesOf(/\.\.\.\(?\{ ?\w|\.\.\.\(?\[[^\]]*\](?=,|\s*$| as const)/).filter(isSource), []);
  });
});

function isSource(use: string): boolean {
  return /^\S+\.tsx?:/.test(use);
}
