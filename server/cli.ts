import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Command, CommanderError } from 'commander';
import { AppError } from '../src/order/errors.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExport } from './commands/export.ts';
import { addOrders } from './commands/orders.ts';
import { addPresign } from './commands/presign.ts';
import { addPublish } from './commands/publish.ts';
import { addServe } from './commands/serve.ts';
import { SECRETS } from './commands/serve-settings.ts';
import { makeSample } from './sample.ts';

/** Exit code for a command line that is not understood. */
const USAGE = 2;

function program(): Command {
  const holdfast = new Command('holdfast').description(
    'Publishes orders of files, governs their links and serves them.',
  );
  // subcommands take this over only when it is set before they are made
  holdfast.exitOverride();
  holdfast
    .option(
      '--config <file>',
      'lines of NAME=value for the environment, where it does not have them; before the command',
    )
    .on('option:config', (file: string) => loadConfig(file, holdfast));
  addPublish(holdfast);
  addOrders(holdfast);
  addServe(holdfast);
  addPresign(holdfast);
  addExport(holdfast);
  addDoctor(holdfast);
  holdfast.command('sample <folder>', { hidden: true }).action(makeSample);
  holdfast.hook('preAction', (_, command) => {
    // no error: other programs may have settings whose names begin like ours
    for (const each of command.name() === 'serve' ? unknownSettings(process.env, holdfast) : [])
      process.stderr.write(`holdfast: ${each} is no setting and was ignored; see: holdfast serve --help\n`);
  });
  return holdfast;
}

/** Names that begin with `HOLDFAST_` and belong to no option of any command. */
function unknownSettings(given: NodeJS.Dict<string>, { commands }: Command): string[] {
  const known = new Set<string | undefined>([
    ...commands.flatMap(({ options }) => options.map((o) => o.envVar)),
    ...SECRETS,
  ]);
  return Object.keys(given).filter((name) => name.startsWith('HOLDFAST_') && !known.has(name));
}

/** The options of a command are read from the environment after this. */
function loadConfig(file: string, holdfast: Command): void {
  try {
    const [unknown] = unknownSettings(parseEnv(readFileSync(file, 'utf8')), holdfast);
    if (unknown !== undefined) throw new Error(`${unknown} is no setting; see: holdfast serve --help`);
    process.loadEnvFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'input-invalid',
      `--config ${file} cannot be used: ${reason}. Nothing was done.`,
      {},
      { cause: error },
    );
  }
}

/** Runs the command line. Sets the exit code: 1 for a failure, 2 for a command line that is not understood. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      return;
    }
    const text =
      error instanceof AppError ? error.message : `failed unexpectedly: ${String(error)}. What was uploaded is kept.`;
    process.stderr.write(`holdfast: ${text}\n`);
    process.exitCode = 1;
  }
}
