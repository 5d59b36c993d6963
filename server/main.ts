import { main } from './cli.ts';

// the built command line: what a service starts, without the look at the sources that server/holdfast.mjs takes first
await main(process.argv.slice(2));
