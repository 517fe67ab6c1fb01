import { ApiError, unimplemented } from '../kit/errors.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON merge patch (RFC 7396), the JSON API's PATCH: null removes, objects merge, everything else replaces. */
export function mergePatch(target: Json, patch: Json): Json {
  const merged = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? mergePatch(isObject(before) ? before : {}, value) : value);
  }
  return Object.fromEntries(merged);
}

/** The named fields that hold something. */
export function pick(json: Json, fields: readonly string[]): Json {
  return Object.fromEntries(
    fields.filter((field) => json[field] !== undefined && json[field] !== null).map((field) => [field, json[field]]),
  );
}

/** @throws ApiError 501 when one of the named fields asks for something: absent, null, false and [] do not */
export function refuseFields(json: Json, fields: readonly string[], kind: string): void {
  for (const field of fields) {
    const value = json[field] ?? false;
    const asks = Array.isArray(value) ? value.length > 0 : value !== false;
    if (asks) throw unimplemented('storage', `${kind}.${field}`);
  }
}

export function invalidField(field: string, expected: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', `Invalid value at '${field}': must be ${expected}`, { location: field });
}

/** @throws ApiError 400 */
export function requireText(value: unknown, field: string): void {
  if (value !== undefined && typeof value !== 'string') throw invalidField(field, 'a string');
}

/** @throws ApiError 400 */
export function requireTextMap(value: unknown, field: string): asserts value is Readonly<Record<string, string>> {
  if (!isObject(value)) throw invalidField(field, 'an object of strings');
  for (const [key, text] of Object.entries(value)) requireText(text, `${field}.${key}`);
}
