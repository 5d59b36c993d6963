import { startFaultServer } from '../../e2e/fault-server.ts';
import { aria2, chrome, holdfast, type Contestant } from '../contestants.ts';
import type { Display } from '../display.ts';
import type { Report, Row } from '../report.ts';
import type { Stage } from '../stage.ts';

/** What an order of ten files costs the store: requests and connections a gigabyte, counted on the way to it. */
export async function cost(stage: Stage, display: Display): Promise<Report> {
  const { address } = stage;
  if (!address) throw new Error('The link leads to a MinIO.');
  const order = await stage.publish('bench', 10, 100_000_000);
  const link = await startFaultServer(
    () => address,
    (path) => path.includes('/files/'),
  );
  try {
    const service = await stage.serve(`http://127.0.0.1:${link.port}`);
    const contestants: Record<string, Contestant> = {
      'Chrome, as installed': chrome({ withoutCache: false }),
      'aria2, 4 connections a file': aria2(true, 10, 4),
      Holdfast: holdfast('nowhere'),
    };
    const rows: Row[] = [];
    for (const [name, contestant] of Object.entries(contestants)) {
      link.served.length = 0;
      const before = link.connections;
      const { seconds } = await contestant({ stage, display, order, service });
      const gigabytes = order.bytes / 1e9;
      const more = {
        'requests a GB': String(link.served.length / gigabytes),
        'connections a GB': String((link.connections - before) / gigabytes),
        'sent twice, MB': (link.sentTwice() / 1e6).toFixed(1),
      };
      rows.push({ name, seconds: [seconds], more });
    }
    const requests = Number(rows.at(-1)?.more?.['requests a GB']) / 10;
    const targets = [{ what: 'requests a file of 100 MB', value: requests, limit: 2, unit: '' }];
    return { scenario: 'cost', title: 'What 10 files of 100 MB cost the store', rows, targets };
  } finally {
    await link.stop();
  }
}
