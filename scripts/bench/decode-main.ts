import { createReadStream, statSync } from 'node:fs';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { loadFile } from '../../functions/transcoder/load-file.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import { describeError } from '../../functions/runtime/errors.ts';
import { parseContract } from '../../schemas/contract.ts';
import type { Measure, Task } from './task.ts';
import { connect } from './ways/connect.ts';

/** How this process is told what to do: as JSON, its only argument. */
export type LoadTask = Pick<Task, 'url' | 'table' | 'contract'> & { readonly file: string };

/** One file in a process of its own, so that its memory is its own; prints its measure as JSON. */
async function measure({ url, table, file, contract }: LoadTask): Promise<Omit<Measure, 'processSeconds'>> {
  const client = await connect(url);
  const plan = compilePlan(parseContract('bench', contract), table, await describeColumns(client, table));
  const from = performance.now();
  const rows = await loadFile(client, { plan, table, file: createReadStream(file, { highWaterMark: 1024 * 1024 }) });
  const to = performance.now();
  await client.end();
  const { user, system } = process.cpuUsage();
  return {
    rows,
    bytes: statSync(file).size,
    seconds: (to - from) / 1000,
    span: [performance.timeOrigin + from, performance.timeOrigin + to],
    cpuSeconds: (user + system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}

try {
  process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as LoadTask)));
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
