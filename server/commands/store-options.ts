import { type Command, Option } from 'commander';
import { openStore, type OpenStore, type StoreChoice } from '../store/open-store.ts';

/** What every command that needs a store is given. */
export interface StoreFlags {
  readonly store?: string;
  readonly endpoint?: string;
  readonly publicEndpoint?: string;
  readonly region?: string;
  readonly app?: string;
}

const DEFAULT_STORE = './holdfast-store';

/** Adds the options that say which store it is, and where customers reach it. */
export function withStore(command: Command): Command {
  const option = (flags: string, description: string, env: string): Option => new Option(flags, description).env(env);
  return command
    .addOption(
      option('--store <place>', 'a folder, or s3://bucket/prefix (default: "./holdfast-store")', 'HOLDFAST_STORE'),
    )
    .addOption(option('--endpoint <url>', 'address of the S3 server; AWS when left out', 'HOLDFAST_ENDPOINT'))
    .addOption(
      option(
        '--public-endpoint <url>',
        'address of the S3 server as customers reach it; URLs are signed for it (default: --endpoint)',
        'HOLDFAST_PUBLIC_ENDPOINT',
      ),
    )
    .addOption(option('--region <name>', 'region of the S3 server', 'HOLDFAST_REGION'))
    .addOption(
      option('--app <url>', 'public address of the app (default: http://localhost:<port>)', 'HOLDFAST_APP_URL'),
    );
}

/** Opens the store that the options name. Throws `input-invalid`. */
export function openChosen(
  flags: StoreFlags & Pick<StoreChoice, 'port' | 'partsAtOnce'>,
  store = DEFAULT_STORE,
): Promise<OpenStore> {
  return openStore({ ...flags, store: flags.store ?? store });
}

/** Collects an option that can be given several times. */
export function collectOption(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
