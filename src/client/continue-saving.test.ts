import { expect, it, vi } from 'vitest';
import { continueSaving } from './continue-saving.ts';
import type { EngineClient } from './engine-client.ts';

const folder = (name: string, answer: PermissionState): FileSystemDirectoryHandle =>
  ({ name, requestPermission: vi.fn(() => Promise.resolve(answer)) }) as unknown as FileSystemDirectoryHandle;

/** A client whose engine keeps these folders, and what the engine was told. */
function clientOf(folders: readonly FileSystemDirectoryHandle[]): [EngineClient, string[]] {
  const told: string[] = [];
  const engine = {
    foldersFor: (order?: string) => Promise.resolve(order === undefined ? folders.slice(-1) : folders),
    continueSaving: () => Promise.resolve(void told.push('continueSaving')).then(() => ({ ok: true })),
  };
  const run = (use: (engine: never) => unknown): unknown => use(engine as never);
  return [{ call: run, command: run } as unknown as EngineClient, told];
}

it('asks for every folder that holds files of the order that is checked', async () => {
  const folders = [folder('A', 'granted'), folder('B', 'granted')];
  const [client, told] = clientOf(folders);
  expect(await continueSaving(client, 'o')).toMatchObject({ ok: true });
  for (const each of folders) expect(each.requestPermission).toHaveBeenCalledOnce();
  expect(told).toEqual(['continueSaving']);
});

it('asks only for the folder that files are saved in when saving goes on', async () => {
  const folders = [folder('A', 'denied'), folder('B', 'granted')];
  const [client] = clientOf(folders);
  expect(await continueSaving(client)).toMatchObject({ ok: true });
  expect(folders[0]?.requestPermission).not.toHaveBeenCalled();
});

it('names the folder that the user did not allow', async () => {
  const [client, told] = clientOf([folder('A', 'denied'), folder('B', 'granted')]);
  expect(await continueSaving(client, 'o')).toMatchObject({
    ok: false,
    error: { code: 'folder-permission', detail: { folder: 'A' } },
  });
  expect(told).toEqual([]);
});
