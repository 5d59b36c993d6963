import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';

/** The name of the settings file in a folder store's root. It is never served. */
export const SETTINGS_FILE = 'holdfast.json';
/** The service's port unless another one is remembered. Another port is another origin, and an empty app. */
export const DEFAULT_PORT = 8420;

const Settings = v.object({
  version: v.literal(1),
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  /** 256 bits in base64url; share URLs are signed with it. */
  signingSecret: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
});

/** What a folder store remembers. */
export type StoreSettings = v.InferOutput<typeof Settings>;

const isCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;

const text = (settings: StoreSettings): string => `${JSON.stringify(settings, undefined, 2)}\n`;

/** Reads the settings of the folder store at `root`, and makes folder and settings when there are none. Throws `input-invalid`. */
export async function openSettings(root: string): Promise<StoreSettings> {
  const file = join(root, SETTINGS_FILE);
  try {
    await mkdir(root, { recursive: true });
    const fresh = { version: 1, port: DEFAULT_PORT, signingSecret: randomBytes(32).toString('base64url') } as const;
    await writeFile(file, text(fresh), { flag: 'wx', mode: 0o600 });
    return fresh;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unusable(root, error);
  }
  try {
    return v.parse(Settings, JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Remembers the service's port with the store. Throws `input-invalid`. */
export async function rememberPort(root: string, port: number): Promise<void> {
  const settings = await openSettings(root);
  if (settings.port === port) return;
  const file = join(root, SETTINGS_FILE);
  try {
    await writeFile(`${file}.new`, text({ ...settings, port }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw unusable(file, error);
  }
}

function unusable(path: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError(
    'input-invalid',
    `the folder store cannot be used: ${path}: ${reason}. Nothing was changed. Give another folder with --store.`,
    {},
    { cause },
  );
}
