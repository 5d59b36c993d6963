// `npm run bench:service`: runs bench/service/main.ts, which Vite compiles on the way. Needs a build.
import { runnerImport } from 'vite';

const path = new URL('../bench/service/main.ts', import.meta.url).pathname;
const { module } = await runnerImport(path, { configFile: false });
await module.main();
