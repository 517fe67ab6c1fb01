import { ApiError } from '../kit/errors.ts';

/** What passes when somebody makes room; anything else needs somebody to repair the folder. */
const FULL = ['ENOSPC', 'EDQUOT'];

/** Runs a disk operation; a failure becomes one clear error that names the folder. */
export async function onDisk<T>(folder: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw diskFailure(folder, error);
  }
}

/** The same for operations that must not yield to another request. */
export function onDiskSync<T>(folder: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw diskFailure(folder, error);
  }
}

function diskFailure(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const status = FULL.includes(code) ? 'UNAVAILABLE' : 'INTERNAL';
  return new ApiError(status, `the storage emulator cannot use its folder ${folder}: ${message}`);
}
