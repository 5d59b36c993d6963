/**
 * Seed of the crash model: always the same, so that a change of the code is all that can break it; anew for each run and printed in
 * `npm run test:deep`. `HOLDFAST_SEED` set to what a failure printed shows it again.
 */
export const CRASH_SEED = Number(process.env['HOLDFAST_SEED'] ?? (process.env['HOLDFAST_DEEP'] ? Date.now() % 1e6 : 1));
