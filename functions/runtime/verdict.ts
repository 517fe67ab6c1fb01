import { type ErrorCode, TerminalError, TransientError } from './errors.ts';

/** What one error of a service means for us: a row of that service's table. */
export interface Verdict {
  readonly errorClass: 'terminal' | 'transient';
  readonly code: ErrorCode;
  /** Why repetition does, or does not, cure it. */
  readonly why: string;
}

/** A service's errors by the key that the service gives them: a status, a reason, a SQLSTATE. */
export type ErrorTable = Readonly<Record<string, Verdict>>;

/** Repetition may cure it. */
export function passes(why: string, code: ErrorCode = 'SERVICE_UNAVAILABLE'): Verdict {
  return { errorClass: 'transient', code, why };
}

/** Repetition gives the same answer. */
export function stays(code: ErrorCode, why: string): Verdict {
  return { errorClass: 'terminal', code, why };
}

/** What is in no table: tried again, but not for ever (`pipelines/model/retries.ts`). */
export const UNKNOWN: Verdict = passes('nobody foresaw it', 'UNCLASSIFIED');

/** The row of the first key that a table has. */
export function judge(keys: readonly string[], ...tables: readonly ErrorTable[]): Verdict | undefined {
  for (const key of keys) {
    for (const table of tables) if (Object.hasOwn(table, key)) return table[key];
  }
  return undefined;
}

/** A service's error as one of ours. */
export function bornOf(verdict: Verdict, message: string, cause?: unknown): TerminalError | TransientError {
  const options = cause === undefined ? undefined : { cause };
  return verdict.errorClass === 'terminal'
    ? new TerminalError(verdict.code, message, options)
    : new TransientError(verdict.code, message, options);
}
