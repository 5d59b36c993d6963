#!/usr/bin/env node
import { buildIsStale } from '../scripts/build-state.mjs';
import { runNpm } from '../scripts/run-npm.mjs';

if (buildIsStale()) runNpm('holdfast: the build is missing or older than its sources; building.', ['run', 'build']);
const { main } = await import('../build/server/cli.js');
await main(process.argv.slice(2));
