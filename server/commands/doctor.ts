import type { Command } from 'commander';
import { parseBytes } from '../byte-counts.ts';
import { runDoctor } from '../doctor/doctor.ts';
import { openMirror } from '../store/open-store.ts';
import { serveOption } from './serve.ts';
import { readSettings, type ServeFlags } from './serve-settings.ts';
import { chooseGranter, withShares, type ShareFlags } from './share-options.ts';
import { openChosen } from './store-options.ts';

type DoctorFlags = ShareFlags &
  Pick<ServeFlags, 'mirror'> & { readonly fixCors?: boolean; readonly speed: string; readonly json?: boolean };

/** Adds `holdfast doctor`. Exit code 1 when customers cannot receive. */
export function addDoctor(holdfast: Command): void {
  withShares(holdfast.command('doctor').description('tell what is wrong before a customer does'))
    .addOption(serveOption('mirror'))
    .option('--fix-cors', 'set the bucket’s CORS rule for the app')
    .option('--speed <bytes>', 'a slow customer’s bytes a second', '1MB')
    .option('--json', 'print one JSON document')
    .action(doctor);
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const { mirror } = readSettings({ mirror: flags.mirror }, process.env);
  const target = await openChosen(flags);
  const granter = chooseGranter(target, flags);
  const speed = parseBytes('--speed', flags.speed);
  const mirrors = await Promise.all(mirror.map(openMirror));
  const found = await runDoctor({ target, mirrors, granter, fixCors: flags.fixCors ?? false, speed });
  if (flags.json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else
    for (const { check, state, message } of found) process.stdout.write(`${state.padEnd(4)}  ${check}: ${message}\n`);
  if (found.some(({ state }) => state === 'fail')) process.exitCode = 1;
}
