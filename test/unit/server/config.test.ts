import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, readConfig } from '#config';
import { AppError } from '#errors';

const refusal = (pattern: RegExp) => (error: unknown) => {
  assert(error instanceof AppError);
  assert.equal(error.code, 'invalid_request');
  assert.match(error.message, pattern);
  assert(!error.message.includes('\n'), 'one line');
  return true;
};

test('every setting has a default', () => {
  assert.deepEqual(readConfig({}, {}), {
    port: 3000,
    host: '127.0.0.1',
    dataDir: './data',
    modelPackage: 'models/demo',
    maxUploadBytes: 2 * 1024 ** 3,
    maxClipSeconds: 7260,
    segmentMinSeconds: 2,
    segmentMaxSeconds: 20,
    parallelConversations: 4,
    gpu: 'off',
    gpuLayers: undefined,
    kvType: 'f16',
    maxWaiting: 64,
    tokenCacheBytes: 4 * 1024 ** 3,
    allowMediaHosts: [],
    allowedHosts: [],
    allowedOrigins: [],
    trustedProxies: [],
    requestsPerMinute: 600,
    decodeSecondsPerMinute: 240,
    maxUnfinishedUploads: 32,
    maxUnfinishedBytes: 16 * 1024 ** 3,
    maxConnections: 64,
    maxUserBytes: 0,
    maxUserClips: 0,
    retentionDays: 0,
    logLevel: 'info',
    apiKey: undefined,
  });
});

test('flags win over the environment, and an empty variable is not set', () => {
  const config = readConfig({ port: '8080' }, { PORT: '9090', DATA_DIR: '/srv/clips', HOST: '' });
  assert.equal(config.port, 8080);
  assert.equal(config.dataDir, '/srv/clips');
  assert.equal(config.host, '127.0.0.1');
});

for (const [name, value] of [
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['PORT', '80.5'],
  ['PORT', 'http'],
  ['MAX_UPLOAD_BYTES', '2GB'],
  ['MAX_UPLOAD_BYTES', '0'],
  ['MAX_CLIP_SECONDS', '1e3'],
  ['LOG_LEVEL', 'loud'],
  ['HOST', 'a b'],
  ['ALLOWED_HOSTS', 'video.example:3000'],
  ['ALLOWED_HOSTS', 'a.example,https://b.example'],
  ['ALLOWED_HOSTS', '*.example'],
] as const) {
  test(`${name}=${value} is refused by name`, () => {
    assert.throws(() => readConfig({}, { [name]: value }), refusal(new RegExp(`^${name}: `)));
  });
}

test('an address that others can reach is told from those of this machine', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org']) {
    assert.equal(isLoopback(host), false, host);
  }
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
    assert.equal(isLoopback(host), true, host);
});

test('lists are split at commas', () => {
  const { allowedHosts, allowMediaHosts } = readConfig({ allowedHosts: 'a.example, B.Example,fd00::1,' }, {});
  assert.deepEqual([allowedHosts, allowMediaHosts], [['a.example', 'b.example', 'fd00::1'], []]);
});
