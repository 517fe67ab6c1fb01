import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

type Env = Readonly<Record<string, string>>;

/** Runs statements in one session and returns the rows of the last. */
export async function query(env: Env, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({
    host: env['PGHOST'] ?? '',
    port: Number(env['PGPORT']),
    user: env['PGUSER'] ?? '',
    password: env['PGPASSWORD'] ?? '',
    database: 'postgres',
  });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** A temporary folder that goes at the end of the block. */
export async function temporaryFolder(mode = 0o755): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'postgres-test-'));
  await chmod(path, mode);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await chmod(path, 0o700);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Process id of the postmaster that serves `dataDir`, from its lock file. */
export async function postmaster(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until `condition` holds. @throws Error naming `what` after `deadlineMs` */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(25);
  }
}
