import { ApiError } from '../kit/errors.ts';

/** Google's answer to SQL that it cannot run: https://cloud.google.com/bigquery/docs/error-messages#invalidquery */
export function invalidQuery(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message, { reason: 'invalidQuery', location: 'query' });
}

/** A request or a file that Google refuses with reason `invalid`. */
export function invalid(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message, { reason: 'invalid' });
}

export function notFound(what: string): ApiError {
  return new ApiError('NOT_FOUND', `Not found: ${what}`, { reason: 'notFound' });
}

export function alreadyExists(what: string): ApiError {
  return new ApiError('ALREADY_EXISTS', `Already Exists: ${what}`, { reason: 'duplicate' });
}

/** Macros that refuse a value begin their error with this too. */
export const UNSUPPORTED = 'the bigquery emulator does not support ';

/** What Google can do and this emulator refuses, rather than answer something else. */
export function unsupported(what: string): ApiError {
  return new ApiError('UNIMPLEMENTED', `${UNSUPPORTED}${what}`, { reason: 'notImplemented' });
}
