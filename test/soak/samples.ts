import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { emulatorAuth } from '../../functions/gcp/auth.ts';
import type { TestCloud } from '../support/cloud.ts';
import { execute } from '../support/postgres.ts';

/** What must not grow, by name. */
export type Sample = Readonly<Record<string, number>>;

/**
 * Looks at a cloud that keeps its state in its folder.
 * @param pid of the process whose memory and handles count
 * @param memories where `live-memory.ts` writes
 */
export async function takeSample(cloud: TestCloud, pid: number, memories: string): Promise<Sample> {
  const client = new BigQuery({
    projectId: cloud.plan.environment.projectId,
    ...emulatorAuth(cloud.env['BIGQUERY_EMULATOR_HOST']),
  });
  const [staging] = await client.dataset('library_staging').getTables();
  const { rows } = await execute(
    cloud.env['ALIR_LEDGER_URL'] ?? '',
    'select count(*) as connections from pg_stat_activity where client_port is not null',
  );
  const uploads = join(cloud.folder, 'storage', 'uploads');
  return {
    'live memory in MB': liveMemoryOf(pid, memories),
    'memory in MB': memoryOf(pid),
    'open handles': readdirSync(`/proc/${pid}/fd`).length,
    connections: Number(rows[0]?.['connections']),
    'staging tables': staging.length,
    'unfinished uploads': existsSync(uploads) ? readdirSync(uploads).length : 0,
  };
}

/** What `live-memory.ts` has written last; NaN before it has. */
function liveMemoryOf(pid: number, folder: string): number {
  const file = join(folder, `memory-${pid}`);
  return existsSync(file) ? Math.round(Number(readFileSync(file, 'utf8')) / 2 ** 20) : NaN;
}

/** What the process has of the machine's memory. */
function memoryOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

export interface Growth {
  readonly name: string;
  /** Medians of the second quarter of the samples and of the last. */
  readonly early: number;
  readonly late: number;
}

/** The first quarter is left out: things warm up. */
export function growths(samples: readonly Sample[]): Growth[] {
  const quarter = Math.floor(samples.length / 4);
  const median = (name: string, from: readonly Sample[]): number =>
    from.map((sample) => sample[name] ?? NaN).sort((a, b) => a - b)[Math.floor(from.length / 2)] ?? NaN;
  return Object.keys(samples[0] ?? {}).map((name) => ({
    name,
    early: median(name, samples.slice(quarter, 2 * quarter)),
    late: median(name, samples.slice(-quarter)),
  }));
}
