import {
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, run } from './account.ts';
import type { Binaries } from './binaries.ts';
import { PASSWORD, POLL_MS, SETTLE_MS, USER } from './settings.ts';

/** A folder of databases, made by initdb and served by at most one postmaster. */
export interface Cluster {
  readonly folder: string;
  /** How Postgres, which runs with `folder` as its working directory, is told where that is. */
  readonly path: string;
  /** A folder that goes when the server ends; absent when the state is to outlive it. */
  readonly ephemeral?: string;
}

/** Linux's name for "where I am", which needs no permission on the folders above. */
const HERE = '/proc/self/cwd';

/**
 * Opens the cluster in `dataDir`, or makes one there; without `dataDir` in a temporary folder.
 * @throws Error naming the folder and why it cannot be used: not writable, another major version, in use
 */
export async function openCluster(
  binaries: Binaries,
  account: Account | undefined,
  dataDir: string | undefined,
): Promise<Cluster> {
  if (dataDir === undefined) {
    const ephemeral = await mkdtemp(join(tmpdir(), 'postgres-emulator-'));
    try {
      if (account) await chown(ephemeral, account.uid, account.gid);
      const folder = join(ephemeral, 'cluster');
      return { folder, path: await create(binaries, account, folder), ephemeral };
    } catch (error) {
      await rm(ephemeral, { recursive: true, force: true });
      throw error;
    }
  }
  const parent = resolve(dataDir);
  try {
    await mkdir(parent, { recursive: true });
    const folder = join(await realpath(parent), 'cluster');
    const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(unlessMissing);
    if (version === undefined) return { folder, path: await create(binaries, account, folder) };
    if (version.trim() !== binaries.major) {
      throw new Error(`it was written by Postgres ${version.trim()}, and this one is ${binaries.major}`);
    }
    await giveTo(account, folder);
    await waitUntilFree(folder);
    return { folder, path: await pathFor(account, folder) };
  } catch (error) {
    throw new Error(`the data folder ${parent} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** Makes a cluster beside `folder` and moves it there when it is whole, so that a kill leaves none that is half made. */
async function create(binaries: Binaries, account: Account | undefined, folder: string): Promise<string> {
  const temporary = await mkdtemp(`${folder}-`);
  try {
    const fresh = join(temporary, 'data');
    await mkdir(fresh, { mode: 0o700 });
    await writeFile(join(temporary, 'password'), PASSWORD, { mode: 0o600 });
    await giveTo(account, temporary);
    const path = await pathFor(account, fresh);
    const { code, output } = await run(
      binaries.initdb,
      // Sorting is by code point on every machine, and upper() and lower() know all of Unicode.
      ['-D', path, '-U', USER, '--pwfile=../password', '-A', 'scram-sha-256', '--no-sync', '--no-instructions'].concat([
        '-E',
        'UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ]),
      { account, cwd: fresh },
    );
    if (code !== 0) throw new Error(`initdb failed: ${reasonOf(output)}`);
    await rename(fresh, folder);
    return path === HERE ? HERE : folder;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Postgres's own words for what went wrong; initdb ends with what it cleaned up, which helps nobody. */
function reasonOf(output: string): string {
  const lines = output.split('\n');
  const reasons = lines.filter((line) => /FATAL|PANIC|ERROR|HINT|error:/.test(line));
  return (reasons.length > 0 ? reasons : lines).slice(-3).join(' ');
}

/**
 * How `account` gets at `folder`: by its path, or by way of its working directory when a folder above is closed to it
 * (a data folder under /root).
 */
async function pathFor(account: Account | undefined, folder: string): Promise<string> {
  if (!account || (await run('/bin/sh', ['-c', 'test -x "$0"', folder], { account })).code === 0) return folder;
  if (process.platform === 'linux') return HERE;
  throw new Error(`the user ${account.name}, as whom root runs Postgres, may not enter a folder above it`);
}

/** Postgres insists on owning its folder; a cluster may have been made under another account. */
async function giveTo(account: Account | undefined, folder: string): Promise<void> {
  const owner = (await stat(folder)).uid;
  if (!account) {
    if (owner !== process.getuid?.()) throw new Error(`its cluster belongs to another user (uid ${owner})`);
    return;
  }
  if (owner === account.uid) return;
  for (const name of await readdir(folder, { recursive: true })) {
    await chown(join(folder, name), account.uid, account.gid);
  }
  await chown(folder, account.uid, account.gid);
}

/**
 * A predecessor that was killed leaves its lock file, which must not prevent a start, and may still be on its way down,
 * which is waited for; one that goes on living is refused.
 */
async function waitUntilFree(folder: string): Promise<void> {
  const lock = join(folder, 'postmaster.pid');
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const text = await readFile(lock, 'utf8').catch(unlessMissing);
    if (text === undefined) return;
    const pid = Number(text.split('\n')[0]);
    if (!(await isServing(pid, folder))) {
      await rm(lock, { force: true });
      return;
    }
    if (Date.now() > deadline)
      throw new Error(`it is in use by another Postgres (process ${pid}); stop that one first`);
    await sleep(POLL_MS);
  }
}

/** Whether process `pid` is the postmaster of `folder`: the number alone may belong to somebody else by now. */
async function isServing(pid: number, folder: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === folder;
  return (await run('/bin/ps', ['-o', 'comm=', '-p', String(pid)], { account: undefined })).output.includes('postgres');
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
