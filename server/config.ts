import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { AppError } from './errors.ts';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const GiB = 1024 ** 3;

/** Every setting of the server. Each is an environment variable and a flag: `DATA_DIR=x` is `--data-dir x`. */
const settings = z.object({
  /** TCP port; 0 takes any free one. */
  PORT: wholeNumber(0, 65535).default(3000),
  /** Address to bind. Any but a loopback one needs a key: API_KEY, or one made by `npm run keys`. */
  HOST: z.string().regex(/^\S+$/, 'must be one address').default('127.0.0.1'),
  /** Folder for the clips people upload. */
  DATA_DIR: z.string().default('./data'),
  /** Folder of the model package. */
  MODEL_PACKAGE: z.string().default('models/demo'),
  /** Largest clip taken, in bytes. */
  MAX_UPLOAD_BYTES: wholeNumber(1, 1024 * GiB).default(2 * GiB),
  /** Longest clip taken, in seconds. */
  // two hours, and a minute because containers declare a little more than they hold
  MAX_CLIP_SECONDS: wholeNumber(1, 86_400).default(7260),
  /** Conversations answered at the same time; each costs the memory of a KV cache. */
  PARALLEL_CONVERSATIONS: wholeNumber(1, 256).default(4),
  /** How many wait for each of decoding, encoding and answering; the next is refused. */
  MAX_WAITING: wholeNumber(0, 100_000).default(64),
  /** Disk for encoded clips, in bytes; those not used for longest make room. */
  TOKEN_CACHE_BYTES: wholeNumber(0, 1024 * GiB).default(4 * GiB),
  /** Hosts that requests may name clips on, by http(s), separated by commas: `host`, `host:port`, `*.host`. Default: none. */
  ALLOW_MEDIA_HOSTS: z.string().default(''),
  /** Host names the server answers to, separated by commas, besides those of this machine. Default: any, to who has a key. */
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((list) => namesIn(list.toLowerCase()))
    .refine((hosts) => hosts.every(isHostName), 'must be host names without ports, separated by commas'),
  /** Origins of browser programs that may use the server with a key, separated by commas: `https://app.example.org`. Default: none. */
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform(namesIn)
    .refine((origins) => origins.every(isOrigin), 'must be origins such as https://app.example.org'),
  /** Addresses or networks of reverse proxies whose X-Forwarded-For is believed, separated by commas; `loopback` is one. */
  TRUSTED_PROXIES: z.string().default('').transform(namesIn),
  /** What one client, or one key, may ask for in a minute; 0 is no limit. */
  REQUESTS_PER_MINUTE: wholeNumber(0, 1_000_000).default(600),
  /** Chat connections of one client, or one key; 0 is no limit. */
  MAX_CONNECTIONS: wholeNumber(0, 1_000_000).default(64),
  /** Bytes of clips that one user may have; 0 is no limit. */
  MAX_USER_BYTES: wholeNumber(0, 1024 ** 2 * GiB).default(0),
  /** Clips that one user may have; 0 is no limit. */
  MAX_USER_CLIPS: wholeNumber(0, 1_000_000_000).default(0),
  /** Days after which clips and conversations that nobody touched are deleted; 0 keeps them. */
  RETENTION_DAYS: wholeNumber(0, 36_500).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Secret that every request must carry once it is set. */
  API_KEY: z.string().optional(),
});
type SettingName = keyof typeof settings.shape;

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly modelPackage: string;
  readonly maxUploadBytes: number;
  readonly maxClipSeconds: number;
  readonly parallelConversations: number;
  readonly maxWaiting: number;
  readonly tokenCacheBytes: number;
  readonly allowMediaHosts: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly requestsPerMinute: number;
  readonly maxConnections: number;
  readonly maxUserBytes: number;
  readonly maxUserClips: number;
  readonly retentionDays: number;
  readonly logLevel: z.infer<typeof settings>['LOG_LEVEL'];
  readonly apiKey: string | undefined;
}

const names = settings.keyof().options;
const flagOf = (name: SettingName): string => name.toLowerCase().replaceAll('_', '-');

/**
 * Reads the settings once; flags win over the environment, and an empty variable counts as not set.
 * Throws `invalid_request` with one line that names the setting.
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = readFlags(args);
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of names) {
    const value = flags[flagOf(name)] ?? env[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { data } = parsed;
  return {
    port: data.PORT,
    host: data.HOST,
    dataDir: data.DATA_DIR,
    modelPackage: data.MODEL_PACKAGE,
    maxUploadBytes: data.MAX_UPLOAD_BYTES,
    maxClipSeconds: data.MAX_CLIP_SECONDS,
    parallelConversations: data.PARALLEL_CONVERSATIONS,
    maxWaiting: data.MAX_WAITING,
    tokenCacheBytes: data.TOKEN_CACHE_BYTES,
    allowMediaHosts: namesIn(data.ALLOW_MEDIA_HOSTS),
    allowedHosts: data.ALLOWED_HOSTS,
    allowedOrigins: data.ALLOWED_ORIGINS,
    trustedProxies: data.TRUSTED_PROXIES,
    requestsPerMinute: data.REQUESTS_PER_MINUTE,
    maxConnections: data.MAX_CONNECTIONS,
    maxUserBytes: data.MAX_USER_BYTES,
    maxUserClips: data.MAX_USER_CLIPS,
    retentionDays: data.RETENTION_DAYS,
    logLevel: data.LOG_LEVEL,
    apiKey: data.API_KEY,
  };
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

function readFlags(args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(names.map((name) => [flagOf(name), { type: 'string' } as const]));
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    const [line] = error instanceof Error ? error.message.split('. ') : [];
    throw new AppError(
      'invalid_request',
      `${line ?? 'Bad flags'}; the flags are ${names.map(flagOf).join(', ')}`,
      {
        cause: error,
      },
    );
  }
}

/** Whether only this machine can reach a server bound to `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
