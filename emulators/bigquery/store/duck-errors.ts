import { ApiError } from '../../kit/errors.ts';
import { invalidQuery, UNSUPPORTED, unsupported } from '../errors.ts';

/** What DuckDB says about a statement as Google would say it. Errors of the translation itself are not the caller's. */
export function fromDuckError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // DuckDB's errors come from native code, which under some loaders has an Error class of its own.
  const whole = (error as { message?: string }).message ?? String(error);
  const [, kind = '', text = whole] = /^([\w ]+) Error: ([\s\S]*)$/.exec(whole.split('\n\nLINE')[0] ?? whole) ?? [];
  const required = /NOT NULL constraint failed: [^.]+\.(.+)/.exec(text);
  if (required) return invalidQuery(`Required field ${required[1] ?? ''} cannot be null`);
  if (/^Overflow in \w+ of INT64/.test(text)) return invalidQuery(`int64 overflow: ${text}`);
  if (/More than one row returned by a subquery/.test(text))
    return invalidQuery('Scalar subquery produced more than one element');
  if (/must appear in the GROUP BY|not in the GROUP BY/i.test(text)) return invalidQuery(ungrouped(text));
  if (text.startsWith(UNSUPPORTED)) return unsupported(text.slice(UNSUPPORTED.length));
  switch (kind) {
    case 'Invalid Input':
    case 'Out of Range':
    case 'Conversion':
    case 'Constraint':
      return invalidQuery(text.split('\n')[0] ?? text);
    case 'Binder':
      return /volatile function/.test(text)
        ? unsupported('SAFE. before this function')
        : invalidQuery(text.split('\n')[0] ?? text);
    case 'Catalog':
    case 'Parser':
    case 'Not implemented':
      return unsupported(`this statement (DuckDB: ${text.split('\n')[0] ?? text})`);
    default:
      return new ApiError('INTERNAL', `bigquery emulator: ${whole}`, { reason: 'internalError' });
  }
}

function ungrouped(text: string): string {
  const column = /column "([^"]+)"/i.exec(text)?.[1] ?? '';
  return `SELECT list expression references column ${column} which is neither grouped nor aggregated`;
}
