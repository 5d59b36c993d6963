import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = ['server', 'src'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
);

describe('docs/security.md', () => {
  it('names for each point of ASVS tests that there are', () => {
    const [, table = ''] = readFileSync('docs/security.md', 'utf8').split('## OWASP ASVS');
    const rows = table.split('\n## ', 1)[0]!.match(/^\| \d.*$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      const cell = row.split('|').at(-2) ?? '';
      // `file` "a part of a title", "of another one"; `file` …
      const named = cell.split(';').flatMap((part) => {
        const file = /`([^`]+\.test\.ts)`/.exec(part)?.[1];
        expect(file, row).toBeDefined();
        const path = files.find((each) => basename(each) === file);
        expect(path, `${file} is not there: ${row}`).toBeDefined();
        const text = readFileSync(path!, 'utf8');
        const titles = [...part.matchAll(/"([^"]+)"/g)].map(([, title]) => title!);
        for (const title of titles) expect(text.includes(title), `${file} has no test "${title}"`).toBe(true);
        return titles;
      });
      expect(named.length, row).toBeGreaterThan(0);
    }
  });
});

describe('the packages', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string }>;
  };
  const paths = Object.keys(packages).filter((path) => path !== '');

  it('are all from a registry, each with its SHA-512', () => {
    expect(paths.length).toBeGreaterThan(100);
    for (const path of paths) {
      expect(packages[path]?.integrity, path).toMatch(/^sha512-/);
      expect(packages[path]?.resolved ?? 'https:', path).toMatch(/^https:/);
    }
  });

  it('run no program when they are installed', () => {
    // those of other platforms are not there
    const installed = paths.filter((path) => existsSync(join(path, 'package.json')));
    expect(installed.length).toBeGreaterThan(100);
    for (const path of installed) {
      const { scripts = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { scripts?: object };
      for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts, path).not.toHaveProperty(name);
      // npm runs node-gyp where there is this file
      expect(existsSync(join(path, 'binding.gyp')), path).toBe(false);
    }
  });
});

describe('npm run sbom', () => {
  it('lists every package with its version, and says which are for development only', () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const out = execFileSync(npm, ['run', '--silent', 'sbom'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const { bomFormat, components } = JSON.parse(out) as {
      bomFormat: string;
      components: { name: string; version: string; purl: string; hashes?: { alg: string }[]; properties?: object[] }[];
    };
    const development = { name: 'cdx:npm:package:development', value: 'true' };
    expect(bomFormat).toBe('CycloneDX');
    const of = (name: string, version: string): (typeof components)[number] | undefined =>
      components.find((each) => each.name === name && each.version === version);
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    for (const [name, version] of Object.entries(dependencies)) {
      const { purl, hashes, properties = [] } = of(name, version) ?? {};
      expect(purl, name).toMatch(/^pkg:npm\//);
      expect(hashes?.[0]?.alg, name).toBe('SHA-512');
      expect(properties, name).not.toContainEqual(development);
    }
    for (const name of ['vitest', 'prettier', '@playwright/test'])
      expect(of(name, devDependencies[name] ?? '')?.properties, name).toContainEqual(development);
  }, 60_000);
});
