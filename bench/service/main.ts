import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/build-state.mjs';
import { MINIO, startMinio } from '../../scripts/minio.mjs';
import { measureCrowd, measureGrants } from './api-load.ts';
import { measureThroughput } from './byte-load.ts';
import { makeStage, type Figure } from './stage.ts';

/**
 * `npm run bench:service`: load on the order service, against a MinIO on the same machine. Prints a Markdown table and keeps it
 * in `bench/results/service.md` and `.json`, with what it was measured with.
 */
export async function main(): Promise<void> {
  const minio = await startMinio();
  Object.assign(process.env, minio.env);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-load-'));
  try {
    const stage = await makeStage(folder, minio.endpoint);
    const figures = [
      ...(await measureGrants(stage, 1)),
      ...(await measureGrants(stage, 2)),
      ...(await measureCrowd(stage)),
      ...(await measureThroughput(stage, folder)),
    ];
    keep(figures);
  } finally {
    await minio.stop();
    rmSync(folder, { recursive: true });
  }
}

function keep(figures: readonly Figure[]): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  const used = {
    node: process.version,
    minio: MINIO.version,
    nginx: nginxVersion() ?? 'none: nothing to compare the gateway with',
  };
  const date = new Date().toISOString().slice(0, 10);
  const rows = figures.map(({ what, result }) => `| ${what} | ${result} |`);
  const versions = `${machine}, Node ${used.node}, MinIO ${used.minio}, nginx ${used.nginx}, ${date}`;
  const text = [
    '## Load on the order service',
    '',
    versions,
    '',
    '| what | result |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
  const at = (name: string): string => join(root, 'bench/results', name);
  mkdirSync(at(''), { recursive: true });
  writeFileSync(at('service.md'), text);
  writeFileSync(at('service.json'), `${JSON.stringify({ machine, date, versions: used, figures }, undefined, 2)}\n`);
  process.stdout.write(text);
}

function nginxVersion(): string | undefined {
  return /nginx\/([\d.]+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '')?.[1];
}
