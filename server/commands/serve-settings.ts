import { isIP } from 'node:net';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { parseDuration, parseUrlDuration } from '../durations.ts';
import { parseS3Address } from '../store/open-store.ts';

/** The options of `serve` beside those of the store: flags, variable of the environment, what `--help` says. */
export const SERVE_OPTIONS = {
  port: ['--port <number>', 'HOLDFAST_PORT', 'port to listen on (default: the one the store remembers, at first 8420)'],
  host: ['--host <address>', 'HOLDFAST_HOST', 'address to listen on (default: this computer only)'],
  grantExpires: [
    '--grant-expires <duration>',
    'HOLDFAST_GRANT_EXPIRES',
    'life of the URLs that a page gets (default: 1h)',
  ],
  gateway: [
    '--gateway [yes]',
    'HOLDFAST_GATEWAY',
    'pass the store’s bytes on, for a store that customers cannot reach; needs HOLDFAST_SIGNING_SECRET',
  ],
  mirror: [
    '--mirror <addresses>',
    'HOLDFAST_MIRRORS',
    'further stores with the same objects, s3://bucket?endpoint=…; several with commas',
  ],
  cors: ['--cors <origins>', 'HOLDFAST_CORS', 'other apps that may use this service; several with commas'],
  connect: [
    '--connect <origins>',
    'HOLDFAST_CONNECT',
    'the only hosts that the page may fetch share links from (default: any with https); several with commas',
  ],
  trustProxy: [
    '--trust-proxy <addresses>',
    'HOLDFAST_TRUST_PROXY',
    'addresses or networks of the https proxy in front (default: this computer); several with commas',
  ],
  tlsCert: ['--tls-cert <file>', 'HOLDFAST_TLS_CERT', 'certificate in PEM, for https without a proxy'],
  tlsKey: ['--tls-key <file>', 'HOLDFAST_TLS_KEY', 'its key in PEM'],
  drain: [
    '--drain <duration>',
    'HOLDFAST_DRAIN',
    'how long to go on after a signal to stop, while /readyz says 503: as long as a balancer takes to notice (default: 0s)',
  ],
  logLevel: ['--log-level <level>', 'HOLDFAST_LOG_LEVEL', 'debug, info, warn, error or silent (default: warn)'],
} as const satisfies Record<string, readonly [flags: string, env: string, description: string]>;

/** Secrets come from the environment or the file of settings only: an argument can be read by every user of the computer. */
export const SECRETS = ['HOLDFAST_SIGNING_SECRET', 'HOLDFAST_METRICS_TOKEN'] as const;

type Name = keyof typeof SERVE_OPTIONS;
/** What the command line found, as text. */
export type ServeFlags = Readonly<Partial<Record<Name, string | undefined>>>;

const YES = ['true', 'yes', 'on', '1'];
const NO = ['false', 'no', 'off', '0'];
const NETWORK_NAMES = ['loopback', 'linklocal', 'uniquelocal'];
/** Longer than any balancer takes, in ms; systemd kills earlier. */
const LONGEST_DRAIN = 10 * 60_000;

/** How an option is named in errors. */
function title(name: Name): string {
  const [flags, env] = SERVE_OPTIONS[name];
  return `${flags.replace(/ .*/, '')} (${env})`;
}

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/', 2);
  const version = isIP(address);
  if (version === 0) return NETWORK_NAMES.includes(text);
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

const words = v.pipe(
  v.optional(v.string(), ''),
  v.transform((text) => text.split(/[\s,]+/).filter(Boolean)),
);
/** Several, each of which `fits`; `what` says what it should be. */
const list = (fits: (text: string) => boolean, what: string) =>
  v.pipe(
    words,
    v.array(
      v.pipe(
        v.string(),
        v.check(fits, ({ input }) => `${input} is no ${what}`),
      ),
    ),
  );
const origins = v.pipe(
  list(isOrigin, 'origin such as https://app.example.com'),
  v.transform((all) => all.map((each) => new URL(each).origin)),
);
const text = v.optional(v.string());

const Settings = v.object({
  port: v.optional(
    v.pipe(
      v.string(),
      v.check((port) => /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535, range),
      v.transform(Number),
    ),
  ),
  host: text,
  grantExpires: v.pipe(
    v.optional(v.string(), '1h'),
    v.transform((duration) => parseUrlDuration(title('grantExpires'), duration)),
  ),
  gateway: v.pipe(
    v.optional(v.string(), 'no'),
    v.toLowerCase(),
    v.picklist([...YES, ...NO], ({ input }) => `${String(input)} is neither yes nor no`),
    v.transform((word) => YES.includes(word)),
  ),
  mirror: list((address) => parseS3Address(address.split('?', 1)[0] ?? '') !== undefined, 's3://bucket?endpoint=…'),
  cors: origins,
  connect: origins,
  trustProxy: list(isNetwork, 'address or network such as 10.0.0.7 or 10.0.0.0/8'),
  tlsCert: text,
  tlsKey: text,
  drain: v.pipe(
    v.optional(v.string(), '0'),
    v.transform((duration) => (/^0s?$/.test(duration) ? 0 : parseDuration(title('drain'), duration))),
    v.maxValue(LONGEST_DRAIN, 'is longer than ten minutes'),
  ),
  logLevel: v.optional(
    v.picklist(['debug', 'info', 'warn', 'error', 'silent'], ({ input }) => `${String(input)} is no level`),
    'warn',
  ),
  // secrets are never shown, not even wrong ones
  HOLDFAST_SIGNING_SECRET: text,
  HOLDFAST_METRICS_TOKEN: v.optional(v.pipe(v.string(), v.minLength(16, 'needs at least 16 characters'))),
});

function range({ input }: { readonly input: string }): string {
  return `${input} is no number from 1 to 65535`;
}

/** The settings of a service, checked. Times in the units of `ServeOptions`: `grantExpires` in seconds, `drain` in ms. */
export type ServeSettings = v.InferOutput<typeof Settings>;

/** Reads all settings of the service. Throws `input-invalid` with the name of the first that is wrong; empty ones are none. */
export function readSettings(flags: ServeFlags, env: Readonly<Record<string, string | undefined>>): ServeSettings {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, env[name]]));
  const given = Object.entries({ ...flags, ...secrets }).filter(([, value]) => value !== undefined && value !== '');
  const found = v.safeParse(Settings, Object.fromEntries(given));
  if (!found.success) {
    const [issue] = found.issues;
    const name = v.getDotPath(issue)?.split('.')[0] ?? '';
    throw wrong(`${name in SERVE_OPTIONS ? title(name as Name) : name} ${issue.message}`);
  }
  const settings = found.output;
  if (settings.tlsCert !== undefined && settings.tlsKey === undefined) throw wrong(`${title('tlsKey')} is missing`);
  if (settings.tlsKey !== undefined && settings.tlsCert === undefined) throw wrong(`${title('tlsCert')} is missing`);
  return settings;
}

function wrong(what: string): AppError {
  return new AppError('input-invalid', `${what}. Nothing was started.`);
}
