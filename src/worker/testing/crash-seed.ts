/** Seed of the crash model, anew for each run and printed. `HOLDFAST_SEED` set to what a failure printed shows it again. */
export const CRASH_SEED = Number(process.env['HOLDFAST_SEED'] ?? Date.now() % 1e6);
