// npm start [-- [paths] [--port N] [--store DIR]]: from a fresh clone to an order link. Plain Node, since nothing is installed yet.
import { parseArgs } from 'node:util';
import { join, resolve } from 'node:path';
import { buildIsStale, INSTALL, packagesAreStale, root } from './build-state.mjs';
import { runNpm } from './run-npm.mjs';

/** @param {string} message @param {number} code @returns {never} */
function fail(message, code) {
  process.stderr.write(`holdfast: ${message}\n`);
  process.exit(code);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or newer is needed; this is ${process.version}.`, 1);

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { port: { type: 'string' }, store: { type: 'string' } } });
  } catch (error) {
    return fail(`${error.message}. Usage: npm start -- [files or folders] [--port N] [--store DIR]`, 2);
  }
}
const { values, positionals } = readArguments();
if (/^s3:/i.test(values.store ?? ''))
  fail('npm start keeps its orders in a folder. For S3: holdfast publish, holdfast serve.', 2);
const port = values.port === undefined ? undefined : Number(values.port);
if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
  fail(`--port ${values.port} is no port.`, 2);

process.once('SIGINT', () => process.exit(0)); // until the service runs there is nothing to close
if (packagesAreStale()) runNpm('Installing packages…', INSTALL);
if (buildIsStale()) runNpm('Building the app…', ['run', 'build']);

const { explain, start } = await import('../build/server/start.js');
const { closeOnSignal } = await import('../build/server/service/serve.js');
try {
  // npm runs scripts in the project's folder; paths count from where the user is
  const here = process.env.INIT_CWD ?? process.cwd();
  const store = values.store === undefined ? join(root, 'holdfast-store') : resolve(here, values.store);
  const sources = positionals.map((path) => resolve(here, path));
  const { service, links } = await start({ sources, store, port, appFolder: join(root, 'dist') });
  process.removeAllListeners('SIGINT');
  closeOnSignal(service);
  for (const link of links) process.stdout.write(`Order link: ${link}\n`);
} catch (error) {
  fail(explain(error) ?? `failed unexpectedly: ${error?.message}`, 1);
}
