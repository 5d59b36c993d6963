import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FolderStore } from './folder-store.ts';
import { all, objectStoreContract } from './object-store.contract.ts';
import { DEFAULT_PORT, openSettings, rememberPort } from './store-settings.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-store-'));
afterAll(() => rm(base, { recursive: true }));
let count = 0;

async function open(): Promise<FolderStore> {
  const root = join(base, String(count++));
  await openSettings(root);
  return new FolderStore({ root, signingSecret: 's'.repeat(43), publicUrl: 'http://localhost:8420' });
}

describe('the folder store', () => {
  objectStoreContract(open);

  it('leaves no part of a broken upload behind', async () => {
    const store = await open();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('gone');
    }
    await expect(store.upload('a/b', 8, broken())).rejects.toThrow('gone');
    expect(await readdir(join(store.root, 'a'))).toEqual([]);
  });

  it('says that its folder is gone, or is the empty place of a disk that is not mounted', async () => {
    const store = await open();
    await rm(join(store.root, 'holdfast.json'));
    await expect(store.probe()).rejects.toMatchObject({ code: 'store-unreachable' });
    await rm(store.root, { recursive: true });
    await expect(store.probe()).rejects.toThrow(store.root);
  });

  it('is unreachable, in words, where the disk does not let it read', async () => {
    const store = await open();
    // a name that is a loop of links cannot be read by anybody, root included
    await symlink('loop', join(store.root, 'loop'));
    for (const work of [store.get('loop'), store.head('loop'), all(store.list('loop/')), all(store.folders('loop/'))])
      await expect(work).rejects.toMatchObject({ code: 'store-unreachable' });
  });

  it('stays in its folder', async () => {
    const store = await open();
    await expect(store.get('../other')).rejects.toMatchObject({ code: 'input-invalid' });
  });
});

describe('its settings', () => {
  it('are made once, for the owner only, and remember the port', async () => {
    const root = join(base, 'settings');
    const fresh = await openSettings(root);
    expect(fresh.port).toBe(DEFAULT_PORT);
    await rememberPort(root, 9000);
    expect(await openSettings(root)).toEqual({ ...fresh, port: 9000 });
    expect((await stat(join(root, 'holdfast.json'))).mode & 0o777).toBe(0o600);
  });
});
