import type { EnginePorts } from '../engine.ts';
import type { PartFile } from '../ports.ts';
import { openWriteLog, type Note } from './write-log.ts';

/** Where the fault server of a test says at which point it wants to be asked, and where it is asked. */
const POINT = '/test-point';

/**
 * The ports of the instrumented build (`vite build --mode instrumented`): they log what reached a part, and at the one point that
 * the fault server named at the start they ask it, without doing anything else until the answer. A test kills the browser there and
 * never answers.
 */
export async function instrument(ports: EnginePorts): Promise<EnginePorts> {
  const wanted = await fetch(POINT, { cache: 'no-store' }).then(
    (response) => response.text(),
    () => '', // no network: no test that kills
  );
  const note = await openWriteLog();
  return withPoints(ports, note, (point) => {
    if (point === wanted) ask(point);
  });
}

function withPoints(ports: EnginePorts, note: Note, reached: (point: string) => void): EnginePorts {
  const { journal, parts, destinationIn } = ports;

  const partFile = (part: PartFile, id: string): PartFile => ({
    write(bytes, at) {
      try {
        part.write(bytes, at);
      } catch (error) {
        note(`! ${id} ${at} ${bytes.length}`);
        throw error;
      }
      note(`${id} ${at} ${bytes.length}`);
      reached('part written');
    },
    // the first thing that recovery wants to know: here it finds bytes of an earlier run
    size() {
      const size = part.size();
      if (size > 0) reached('recovery');
      return size;
    },
    read: (buffer, at) => part.read(buffer, at),
    flush() {
      part.flush();
      reached('part flushed');
    },
    close: () => part.close(),
  });

  return {
    ...ports,
    journal: {
      ...journal,
      async putFile(record, durability) {
        await journal.putFile(record, durability);
        reached(`journaled ${record.state.kind}`);
      },
    },
    parts: {
      ...parts,
      open: async (order, file) => partFile(await parts.open(order, file), `${order.slice(0, 8)} ${file}`),
      async hasRoom(bytes) {
        const room = await parts.hasRoom(bytes);
        note('room');
        return room;
      },
      async remove(order, file) {
        reached('part to be removed');
        await parts.remove(order, file);
        reached('part removed');
      },
    },
    destinationIn(picked, id) {
      const to = destinationIn(picked, id);
      return {
        ...to,
        async write(path, chunks) {
          await to.write(path, asking(chunks, reached));
          reached('saved file closed');
        },
      };
    },
  };
}

async function* asking<T>(chunks: AsyncIterable<T>, reached: (point: string) => void): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    reached('saving');
    yield chunk;
  }
  reached('saved file written');
}

function ask(point: string): void {
  const request = new XMLHttpRequest();
  request.open('POST', `${POINT}/${encodeURIComponent(point)}`, false);
  request.send();
}
