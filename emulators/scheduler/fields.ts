import { ApiError } from '../kit/errors.ts';
import { durationMs } from './job.ts';

/** A message in proto3's JSON form; `null` is the same as absent. */
export type Json = Readonly<Record<string, unknown>>;

/** The message with its names in lowerCamelCase; proto3's JSON takes snake_case too. */
export function known(message: string, fields: Json, allowed: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const name = camelCase(key);
      if (allowed.includes(name)) return [name, value];
      throw invalid(`Invalid JSON payload received. Unknown name "${key}" at '${message}': Cannot find field.`);
    }),
  );
}

/** Field names in proto3's JSON form; `retry_config.retry_count` becomes `retryConfig.retryCount`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A message or map; what is absent is empty. */
export function asObject(field: string, value: unknown): Json {
  if (value == null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Json;
  throw invalid(`${field} must be an object`);
}

/** What is absent is empty, as scalars have no presence. */
export function text(field: string, value: unknown): string {
  if (value == null) return '';
  if (typeof value === 'string') return value;
  throw invalid(`${field} is ${JSON.stringify(value)}: must be a string`);
}

/** 32-bit integers may come as numbers or as strings of digits. */
export function integer(field: string, value: unknown, max: number): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) return number;
  throw invalid(`${field} is ${JSON.stringify(value)}: must be an integer from 0 to ${max}`);
}

/** Seconds with up to nine decimals, which are written as short as they go. */
export function duration(field: string, value: unknown): string | undefined {
  const written = text(field, value);
  if (written === '') return undefined;
  if (durationMs(written) === undefined)
    throw invalid(`${field} is "${written}": must be seconds of at least 0, e.g. 3.5s`);
  return written.replace(/\.(\d*?)0*s$/, (_, digits: string) => (digits === '' ? 's' : `.${digits}s`));
}

export function invalid(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message);
}
