import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { buildIsStale, INSTALL, packagesAreStale } from './build-state.mjs';

// `npm test`, `npm run test:s3` and `npm run test:deep`: installs and gets a browser when needed, runs the suites, sums them up in one last line.
process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const suites = { s3: testS3, deep: testDeep };
const reports = mkdtempSync(join(tmpdir(), 'holdfast-reports-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, and why, and what passed at the second attempt only: said once more at the end, where it is found. */
const remarks = [];

// whatever happens, the last line says how it went
try {
  install();
  const { findBrowser } = await import('./browser.mjs');
  process.env.HOLDFAST_BROWSER = await findBrowser();
  console.log(`Browser: ${process.env.HOLDFAST_BROWSER}`);
  await (suites[process.argv[2]] ?? testDefault)();
} catch (error) {
  console.error(error);
  total.failed++;
} finally {
  rmSync(reports, { recursive: true, force: true });
  for (const remark of remarks) console.log(remark);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function testDefault() {
  const checks = run('npm', ['run', 'check']);
  total[checks ? 'passed' : 'failed']++;
  if (!checks) remarks.push('Failed: npm run check');
  vitest('unit');
  vitest('browser');
  playwright({ HOLDFAST_E2E_STORE: 'folder' });
}

/** Many more cases of what `npm test` tries a few of. */
async function testDeep() {
  vitest('unit', { HOLDFAST_DEEP: '1' }, ['src/worker/crash.test.ts', 'src/worker/crash-orders.test.ts']);
  if (buildIsStale() && !run('npm', ['run', 'build'])) throw new Error('The app could not be built.');
  // what the project is for, in the really installed app, ten times in a row
  playwright({}, ['installed', '--repeat-each=10', '--workers=1']);
  playwright({ HOLDFAST_KILLS: '200', ...process.env, HOLDFAST_DEEP: '1' }, ['kill-points', 'soak']);
  // the order that customers have, killed at random moments
  const { startMinio } = await import('./minio.mjs');
  const minio = await startMinio();
  try {
    const large = { HOLDFAST_E2E_STORE: 's3', HOLDFAST_E2E_LARGE: '1', HOLDFAST_DEEP: '1' };
    playwright({ ...minio.env, ...large }, ['kill.spec']);
  } finally {
    await minio.stop();
  }
}

async function testS3() {
  const { startMinio } = await import('./minio.mjs');
  const minio = await startMinio();
  try {
    if (buildIsStale() && !run('npm', ['run', 'build'])) throw new Error('The app could not be built.');
    vitest('s3', minio.env);
    playwright({ ...minio.env, HOLDFAST_E2E_STORE: 's3' });
  } finally {
    await minio.stop();
  }
  // the same suite on two more servers, without what only MinIO has: drives and policies
  const { startVersitygw } = await import('./versitygw.mjs');
  const { startSeaweedfs } = await import('./seaweedfs.mjs');
  for (const start of [startVersitygw, startSeaweedfs]) {
    const store = await start();
    try {
      vitest('s3', store.env, ['--exclude', '**/*.minio.s3.test.ts']);
      // and one delivery by the page
      playwright({ ...store.env, HOLDFAST_E2E_STORE: 's3' }, ['main.spec']);
    } finally {
      await store.stop();
    }
  }
}

function install() {
  if (packagesAreStale() && !run('npm', INSTALL)) throw new Error('The packages could not be installed.');
}

function vitest(project, env = {}, more = []) {
  const report = join(reports, `${project}.json`);
  rmSync(report, { force: true });
  const args = [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...more,
  ];
  const passed = run('npx', args, env);
  count(passed, report, `vitest ${project}`, (json) => {
    for (const { name, message, assertionResults } of json.testResults) {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      for (const { fullName, failureMessages } of failed)
        remark('Failed', `${relative('.', name)}: ${fullName}`, failureMessages);
      if (failed.length === 0 && message) remark('Failed', relative('.', name), [message]);
    }
    return [json.numPassedTests, json.numFailedTests, json.numPendingTests];
  });
}

function playwright(env, only = []) {
  const report = join(reports, 'e2e.json');
  rmSync(report, { force: true });
  const passed = run('npx', ['playwright', 'test', ...only], { ...env, HOLDFAST_E2E_REPORT: report });
  count(passed, report, `playwright test ${only.join(' ')}`, ({ stats, suites }) => {
    for (const { file, title, tests } of suites.flatMap(specsOf)) {
      for (const { status, results } of tests) {
        const failed = results.find((result) => result.status !== 'passed' && result.status !== 'skipped');
        const errors = failed?.errors.map(({ message }) => message) ?? [];
        if (status === 'unexpected') remark('Failed', `${file}: ${title}`, errors);
        if (status === 'flaky') remark('Passed at the second attempt only', `${file}: ${title}`, errors);
      }
    }
    return [stats.expected + stats.flaky, stats.unexpected, stats.skipped];
  });
}

/** All specs of one of Playwright's suites, which contain others. */
function specsOf({ specs = [], suites = [] }) {
  return [...specs, ...suites.flatMap(specsOf)];
}

function remark(what, test, messages) {
  const reason = stripVTControlCharacters(messages.join('\n')).split('\n').slice(0, 20);
  remarks.push([`${what}: ${test}`, ...reason.map((line) => `    ${line}`)].join('\n'));
}

/** Adds a suite's numbers. A suite that failed without a failed test, or left no report, counts as one failure. */
function count(suitePassed, report, suite, read) {
  const [passed, failed, skipped] = existsSync(report) ? read(JSON.parse(readFileSync(report, 'utf8'))) : [0, 0, 0];
  total.passed += passed;
  total.failed += suitePassed ? failed : Math.max(1, failed);
  if (!suitePassed && failed === 0) remarks.push(`Failed: ${suite}`);
  total.skipped += skipped;
  if (suitePassed && passed === 0) total.failed++;
}

function run(command, args, env = {}) {
  console.log(`\n> ${command} ${args.slice(0, 4).join(' ')}`);
  const options = { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' };
  const { status } = spawnSync(command, args, { ...options, env: { ...process.env, ...env } });
  return status === 0;
}
