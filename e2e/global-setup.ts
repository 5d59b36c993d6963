import { buildIsStale } from '../scripts/build-state.mjs';
import { buildInstrumented, INSTRUMENTED } from './builds.ts';

/** Before the first spec: the app for the specs that count what the page received. Playwright wants a default export. */
export default function setUp(): void {
  if (buildIsStale([`${INSTRUMENTED}/index.html`])) buildInstrumented();
}
