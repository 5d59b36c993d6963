import { Command, CommanderError } from 'commander';
import { AppError } from '../src/order/errors.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExport } from './commands/export.ts';
import { addOrders } from './commands/orders.ts';
import { addPresign } from './commands/presign.ts';
import { addPublish } from './commands/publish.ts';
import { addServe } from './commands/serve.ts';
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
    .on('option:config', loadConfig);
  addPublish(holdfast);
  addOrders(holdfast);
  addServe(holdfast);
  addPresign(holdfast);
  addExport(holdfast);
  addDoctor(holdfast);
  holdfast.command('sample <folder>', { hidden: true }).action(makeSample);
  return holdfast;
}

/** The options of a command are read from the environment after this. */
function loadConfig(file: string): void {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'input-invalid',
      `--config ${file} cannot be read: ${reason}. Nothing was done.`,
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
