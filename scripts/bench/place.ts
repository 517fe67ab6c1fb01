import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Part, startPart } from '../up/part.ts';
import { postgresUrl } from '../up/variables.ts';

/** Where a benchmark happens: a temporary folder, and the parts of the local cloud that it needs. */
export interface Place {
  readonly folder: string;
  /** Starts an emulator. @returns the variables that it announced */
  start(name: 'postgres' | 'storage'): Promise<Readonly<Record<string, string>>>;
  /** Starts a Postgres. @returns the URL of its database `postgres` */
  startPostgres(): Promise<string>;
}

/** Everything is stopped and removed after `work`, and the folder even when somebody stops the process. */
export async function withPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'alir-bench-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const parts: Part[] = [];
  const start: Place['start'] = async (name) => {
    const part = await startPart({
      name,
      file: join(import.meta.dirname, '../../emulators', name, 'main.ts'),
      env: {},
      logFile: join(folder, `${name}.log`),
    });
    parts.push(part);
    return part.env;
  };
  try {
    return await work({ folder, start, startPostgres: async () => postgresUrl(await start('postgres'), 'postgres') });
  } finally {
    for (const part of parts.reverse()) await part.stop();
    remove();
  }
}
