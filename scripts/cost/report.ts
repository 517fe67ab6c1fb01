import { formatTable } from '../commands/format.ts';
import { thousands } from './assumptions.ts';
import type { Estimate, Line, Owner } from './estimate.ts';
import { PRICES_DATE, type Prices, SERVICES } from './prices.ts';
import { sum } from './usage.ts';
import type { Volumes } from './volumes.ts';

/** The estimate for people: pipeline × service, then what it rests on. */
export function formatEstimate(
  { lines, usd, composerUsd, works, notes }: Estimate,
  volumes: Volumes,
  assumptions: readonly string[],
  prices: Prices,
): string {
  const services = SERVICES.filter((service) => lines.some((line) => line.service === service));
  const row = (title: string, of: (line: Line) => boolean): string[] => {
    const own = lines.filter(of);
    const cells = services.map((service) =>
      sum(
        own.filter((line) => line.service === service),
        (line) => line.usd,
      ),
    );
    return [title, ...[...cells, sum(own, (line) => line.usd)].map(dollars)];
  };
  const rows = [
    ...works.map(({ pipeline }) => row(pipeline, ({ owner }) => isPipeline(owner, pipeline))),
    row('shared by all', ({ owner }) => owner === 'shared'),
    row('free amounts', ({ owner }) => owner === 'free'),
    row('total', () => true),
  ];
  const tables = works.flatMap(({ pipeline, runs, tables }) =>
    tables.map(({ name, slices }) => {
      const volume = volumes.get(`${pipeline}.${name}`);
      const counts = [volume?.rows, volume?.newRows, volume?.rowBytes, volume?.tableRows].map((n) => thousands(n ?? 0));
      return [`${pipeline}.${name}`, thousands(runs.perMonth), ...counts, thousands(slices), volume?.from];
    }),
  );
  const header = ['table', 'runs a month', 'rows a run', 'of them new', 'bytes a row', 'rows today', 'slices', 'from'];
  return [
    `US dollars a month\n\n${formatTable(['', ...services, 'total'], alignRight(rows, ['', ...services, 'total']))}`,
    `${dollars(usd)} a month, beside ${dollars(composerUsd)} for Cloud Composer's smallest environment, before it moves a row`,
    ...(tables.length === 0 ? [] : [`Volumes\n\n${formatTable(header, tables)}`]),
    ...(notes.length === 0 ? [] : [list('Mind', notes)]),
    list('Assumed', assumptions),
    `${describePrices(prices)}\nList prices, no discounts, no taxes; an estimate.\n`,
  ].join('\n\n');
}

/** How far the prices can be trusted. */
export function describePrices(prices: Prices): string {
  const all = Object.values(prices);
  const count = (read: string): number => all.filter(({ source }) => source.read === read).length;
  return `Prices as of ${PRICES_DATE}, in scripts/cost/prices.ts: ${count('page')} read in stored copies of Google's pages, ${count('quoted')} as others quote them, ${count('memory')} from memory and unverified.`;
}

export function isPipeline(owner: Owner, pipeline: string): boolean {
  return typeof owner === 'object' && owner.pipeline === pipeline;
}

/** Two digits, and no minus before nothing. */
export function dollars(usd: number): string {
  return usd.toFixed(2).replace(/^-(0\.00)$/, '$1');
}

function list(title: string, items: readonly string[]): string {
  return `${title}\n\n${items.map((item) => `- ${item}`).join('\n')}`;
}

/** A negative number is text to `formatTable`. */
function alignRight(rows: readonly string[][], header: readonly string[]): string[][] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(([title = '', ...cells]) => [title, ...cells.map((cell, i) => cell.padStart(widths[i + 1] ?? 0))]);
}
