import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where a local cloud keeps its logs, its env file and, if it was asked to, its state. */
export interface StateFolder {
  readonly path: string;
  /** The state outlives the cloud. */
  readonly keep: boolean;
  /** Gives the folder back: removed if it was temporary, unlocked otherwise. */
  release(): void;
}

/**
 * Takes a folder for one cloud; without `data`, a temporary one.
 * @throws Error when it cannot be written to, or when another cloud that still runs has it
 */
export function takeFolder(data: string | undefined): StateFolder {
  if (data === undefined) {
    const path = mkdtempSync(join(tmpdir(), 'alir-'));
    return {
      path,
      keep: false,
      release: () => {
        rmSync(path, { recursive: true, force: true });
      },
    };
  }
  const path = resolve(data);
  try {
    // Asked first: of a folder on a read-only disk, a recursive mkdir only says that there is none.
    accessSync(nearest(path), constants.W_OK);
    mkdirSync(path, { recursive: true });
    return { path, keep: true, release: lock(path) };
  } catch (error) {
    throw new Error(`--data ${data} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** The folder itself, or the first one above it that is there. */
function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}

/** Writes this process's id into the folder, unless that of a living process is there. */
function lock(path: string): () => void {
  const file = join(path, 'alir.pid');
  if (existsSync(file)) {
    const owner = Number(readFileSync(file, 'utf8'));
    if (isAlive(owner))
      throw new Error(`the local cloud of process ${owner} is using it; stop that one, or choose another folder`);
    rmSync(file);
  }
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  return () => {
    rmSync(file, { force: true });
  };
}

/** True while there is such a process. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
