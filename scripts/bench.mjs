// `npm run bench [-- scenario…]`: runs bench/main.ts, which Vite compiles on the way.
import { runnerImport } from 'vite';
import { findBrowser } from './browser.mjs';

process.env.HOLDFAST_BROWSER = await findBrowser();
const { module } = await runnerImport(new URL('../bench/main.ts', import.meta.url).pathname, { configFile: false });
await module.main(process.argv.slice(2));
