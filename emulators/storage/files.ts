import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';

/** Writes JSON beside the file and renames it into place: a reader finds the old content or the new, never a part. */
export function replaceFile(path: string, value: object): void {
  const temporary = `${path}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(value));
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** @throws Error naming the file */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is not readable; remove it to lose only what it describes`, { cause: error });
  }
}

/** For what may be gone already, and for leftovers that the next start sweeps anyway. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // See above.
  }
}
