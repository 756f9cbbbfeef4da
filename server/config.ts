import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { AppError } from './errors.ts';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const GiB = 1024 ** 3;

/** Every setting of the server, declared once. `DATA_DIR=x` in the environment is the flag `--data-dir x` and `dataDir`. */
const settings = z.object({
  PORT: wholeNumber(0, 65535).default(3000).describe('TCP port; 0 takes any free one (3000)'),
  HOST: z
    .string()
    .regex(/^\S+$/, 'must be one address')
    .default('127.0.0.1')
    .describe('address to bind; any but a loopback one needs a key: API_KEY, or one made by `keys create`'),
  DATA_DIR: z.string().default('./data').describe('folder of clips, conversations and caches (./data)'),
  MODEL_PACKAGE: z.string().default('models/demo').describe('folder of the model package (models/demo)'),
  MAX_UPLOAD_BYTES: wholeNumber(1, 1024 * GiB)
    .default(2 * GiB)
    .describe('largest clip, in bytes (2 GiB)'),
  // two hours, and a minute because containers declare a little more than they hold
  MAX_CLIP_SECONDS: wholeNumber(1, 86_400).default(7260).describe('longest clip, in seconds (7260)'),
  SEGMENT_MIN_SECONDS: wholeNumber(1, 600)
    .default(2)
    .describe('shortest segment of a long clip, in seconds (2)'),
  SEGMENT_MAX_SECONDS: wholeNumber(2, 3600)
    .default(20)
    .describe('longest segment, in seconds; a clip that is no longer has one (20)'),
  PARALLEL_CONVERSATIONS: wholeNumber(1, 256)
    .default(4)
    .describe('conversations answered at the same time; each costs the memory of a KV cache (4)'),
  GPU: z
    .enum(['auto', 'cuda', 'vulkan', 'metal', 'off'])
    .default('off')
    .describe('where the LLM runs: auto, cuda, vulkan, metal or off (off)'),
  GPU_LAYERS: wholeNumber(0, 1000).optional().describe('layers of the LLM on the GPU (as many as fit)'),
  KV_TYPE: z
    .enum(['f16', 'q8_0'])
    .default('f16')
    .describe('numbers of the KV cache: f16, q8_0 in half the memory, or f32 (f16)'),
  MAX_WAITING: wholeNumber(0, 100_000)
    .default(64)
    .describe('requests that wait for each of decoding, encoding and answering; the next is refused (64)'),
  TOKEN_CACHE_BYTES: wholeNumber(0, 1024 * GiB)
    .default(4 * GiB)
    .describe('disk for encoded clips, in bytes; the least recently used make room (4 GiB)'),
  ALLOW_MEDIA_HOSTS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe('hosts that requests may name clips on, e.g. host,host:port,*.host (none)'),
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((list) => namesIn(list.toLowerCase()))
    .refine((hosts) => hosts.every(isHostName), 'must be host names without ports, separated by commas')
    .describe('host names the server answers to, besides those of this machine (with a key: any)'),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform(namesIn)
    .refine((origins) => origins.every(isOrigin), 'must be origins such as https://app.example.org')
    .describe('origins of browser programs that may use the server with a key (none)'),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform(namesIn)
    .describe('addresses or networks of proxies whose X-Forwarded-For is believed; `loopback` is one (none)'),
  REQUESTS_PER_MINUTE: wholeNumber(0, 1_000_000)
    .default(600)
    .describe('requests of one client, or one key, in a minute; 0 is no limit (600)'),
  DECODE_SECONDS_PER_MINUTE: wholeNumber(0, 1_000_000)
    .default(240)
    .describe('seconds of decoding for one client, or one key, in a minute; 0 is no limit (240)'),
  MAX_UNFINISHED_UPLOADS: wholeNumber(0, 1_000_000)
    .default(32)
    .describe('unfinished uploads of one client, or one key; 0 is no limit (32)'),
  MAX_UNFINISHED_BYTES: wholeNumber(0, 1024 ** 2 * GiB)
    .default(16 * GiB)
    .describe('bytes that they may announce together; 0 is no limit (16 GiB)'),
  MAX_CONNECTIONS: wholeNumber(0, 1_000_000)
    .default(64)
    .describe('chat connections of one client, or one key; 0 is no limit (64)'),
  MAX_USER_BYTES: wholeNumber(0, 1024 ** 2 * GiB)
    .default(0)
    .describe('bytes of clips of one user; 0 is no limit (0)'),
  MAX_USER_CLIPS: wholeNumber(0, 1_000_000_000).default(0).describe('clips of one user; 0 is no limit (0)'),
  RETENTION_DAYS: wholeNumber(0, 36_500)
    .default(0)
    .describe('days after which unused clips and conversations are deleted; 0 keeps them (0)'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('fatal, error, warn, info, debug, trace or silent (info)'),
  API_KEY: z.string().optional().describe('secret that every request must carry once it is set'),
});
type SettingName = keyof typeof settings.shape;

/** What is read from the environment alone, by the parts that use it. */
const environmentOnly = {
  ALLOW_UNSANDBOXED: '1 starts the server where ffmpeg cannot be put into a sandbox',
  FFMPEG_BIN: 'the ffmpeg to use; else the one of ffmpeg-static, else the one on the PATH',
  STAN_LLAVA_CACHE: 'folder for files downloaded from the hub',
  HF_ENDPOINT: 'another hub than https://huggingface.co',
  HF_TOKEN: 'token for repositories of the hub that need one',
} as const;

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>;

export type Config = {
  readonly [Name in SettingName as CamelCase<Name>]: z.output<(typeof settings.shape)[Name]>;
};

const names = settings.keyof().options;
const flagOf = (name: SettingName): string => name.toLowerCase().replaceAll('_', '-');
const keyOf = (name: SettingName): string =>
  name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Each setting as a command line takes it. */
export const settingFlags = names.map((name) => ({
  flag: flagOf(name),
  about: settings.shape[name].description ?? '',
}));

/** What the help says of settings beyond the flags. */
export const settingsHelp = `
Each flag is an environment variable too: --data-dir is DATA_DIR. A flag wins. Only in the environment:
${Object.entries(environmentOnly)
  .map(([name, about]) => `  ${name.padEnd(18)} ${about}\n`)
  .join('')}`;

/**
 * Reads the settings once; flags, by the names of `Config`, win over the environment, and an empty variable counts as
 * not set. Throws `invalid_request` with one line that names the setting.
 */
export function readConfig(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Config {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of names) {
    const value = flags[keyOf(name)] ?? env[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { data } = parsed;
  if (data.SEGMENT_MAX_SECONDS < 2 * data.SEGMENT_MIN_SECONDS) {
    const message = 'SEGMENT_MAX_SECONDS: must be at least twice SEGMENT_MIN_SECONDS';
    throw new AppError('invalid_request', message);
  }
  // by the same rule as the type's: `CamelCase`
  return Object.fromEntries(names.map((name) => [keyOf(name), data[name]])) as Config;
}

function namesIn(list: string): string[] {
  return list.split(',').flatMap((name) => name.trim() || []);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}

function isHostName(text: string): boolean {
  return isIPv6(text) || /^[\w.-]+$/.test(text);
}

/** Whether only this machine can reach a server bound to `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
