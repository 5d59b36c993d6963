import { aria2, chrome, curl, holdfast, type Race } from '../contestants.ts';
import { ratio, type Report } from '../report.ts';
import { race } from '../rounds.ts';

/** A link that is faster than the machine: `count` files of `size` bytes. */
export async function fast(conditions: Race, scenario: string, title: string, rounds: number): Promise<Report> {
  const one = conditions.order.manifest.files.length === 1;
  const rows = await race(
    conditions,
    {
      curl,
      'aria2, unchecked': aria2(false, one ? 1 : 10, one ? 4 : 1),
      'aria2, pieces checked': aria2(true, one ? 1 : 10, one ? 4 : 1),
      'Chrome, as installed': chrome({ withoutCache: false }),
      'Chrome, cache off': chrome({ withoutCache: true }),
      'Holdfast, verified only': holdfast('nowhere'),
      'Holdfast, <a download>': holdfast('downloads'),
      'Holdfast, picked folder': holdfast('folder'),
    },
    rounds,
  );
  const target = (who: string, other: string, limit: number): Report['targets'][number] => ({
    what: `${who} / ${other}`,
    value: ratio(rows, who, other),
    limit,
    unit: ' ×',
  });
  const targets = [
    target('Holdfast, picked folder', 'Chrome, as installed', 1),
    target('Holdfast, <a download>', 'Chrome, as installed', 0.7),
    target('Holdfast, picked folder', 'Chrome, cache off', 2),
    target('Holdfast, <a download>', 'Chrome, cache off', 1.5),
    target('Holdfast, verified only', 'aria2, pieces checked', 1.25),
  ];
  return { scenario, title, rows, targets };
}
