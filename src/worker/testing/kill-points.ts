import type { EnginePorts } from '../engine.ts';
import type { PartFile } from '../ports.ts';

/** Every write that reached a part, for counting what was received twice. One line each: `file offset length`; `start` at a start. */
const LOG = 'test-writes.log';

/**
 * The ports of the test build (`vite build --mode kill-points`): at each named point the worker asks the fault server, without
 * doing anything else until the answer. A test kills the browser there and never answers.
 */
export function withKillPoints(ports: EnginePorts): EnginePorts {
  const { journal, parts, destinationIn } = ports;
  let log: Promise<(line: string) => void> | undefined;

  const partFile = (part: PartFile, file: number, note: (line: string) => void): PartFile => ({
    write(bytes, at) {
      part.write(bytes, at);
      note(`${file} ${at} ${bytes.length}`);
      ask('part written');
    },
    // the first thing that recovery wants to know
    size() {
      ask('recovery');
      return part.size();
    },
    read: (buffer, at) => part.read(buffer, at),
    flush() {
      part.flush();
      ask('part flushed');
    },
    close: () => part.close(),
  });

  return {
    ...ports,
    journal: {
      ...journal,
      async putFile(record, durability) {
        await journal.putFile(record, durability);
        ask(`journaled ${record.state.kind}`);
      },
    },
    parts: {
      ...parts,
      async open(order, file) {
        log ??= openLog();
        return partFile(await parts.open(order, file), file, await log);
      },
      async remove(order, file) {
        ask('part to be removed');
        await parts.remove(order, file);
        ask('part removed');
      },
    },
    destinationIn(picked, id) {
      const to = destinationIn(picked, id);
      return {
        ...to,
        async write(path, chunks) {
          await to.write(path, asking(chunks));
          ask('saved file closed');
        },
      };
    },
  };
}

async function* asking<T>(chunks: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    ask('saving');
    yield chunk;
  }
  ask('saved file written');
}

function ask(point: string): void {
  const request = new XMLHttpRequest();
  request.open('POST', `/test-point/${encodeURIComponent(point)}`, false);
  request.send();
}

async function openLog(): Promise<(line: string) => void> {
  const handle = await (await navigator.storage.getDirectory()).getFileHandle(LOG, { create: true });
  const open = async (): Promise<FileSystemSyncAccessHandle> =>
    // a killed browser's handle can linger
    handle.createSyncAccessHandle().catch(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return open();
    });
  const file = await open();
  const write = (line: string): void => {
    file.write(new TextEncoder().encode(`${line}\n`), { at: file.getSize() });
  };
  write('start');
  return write;
}
