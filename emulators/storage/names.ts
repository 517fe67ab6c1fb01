import { isIP } from 'node:net';
import { ApiError } from '../kit/errors.ts';
import {
  BUCKET_NAME_COMPONENT_MAX_CHARACTERS,
  BUCKET_NAME_MAX_CHARACTERS,
  BUCKET_NAME_MIN_CHARACTERS,
  OBJECT_NAME_MAX_BYTES,
} from './limits.ts';

/**
 * https://cloud.google.com/storage/docs/buckets#naming
 * @throws ApiError 400
 */
export function checkBucketName(name: string): void {
  const components = name.split('.');
  const fits =
    name.length >= BUCKET_NAME_MIN_CHARACTERS &&
    name.length <= (components.length === 1 ? BUCKET_NAME_COMPONENT_MAX_CHARACTERS : BUCKET_NAME_MAX_CHARACTERS) &&
    components.every((part) => part.length > 0 && part.length <= BUCKET_NAME_COMPONENT_MAX_CHARACTERS);
  const spelled = /^[a-z0-9][a-z0-9._-]*[a-z0-9]$/.test(name) && isIP(name) === 0;
  const reserved = name.startsWith('goog') || /google|g00gle/.test(name);
  if (!fits || !spelled || reserved) throw new ApiError('INVALID_ARGUMENT', `Invalid bucket name: '${name}'`);
}

/**
 * https://cloud.google.com/storage/docs/objects#naming
 * @throws ApiError 400
 */
export function checkObjectName(name: string): void {
  if (name === '') throw new ApiError('INVALID_ARGUMENT', 'Required', { reason: 'required', location: 'name' });
  if (Buffer.byteLength(name) > OBJECT_NAME_MAX_BYTES) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `The maximum object length is ${OBJECT_NAME_MAX_BYTES} characters, but got a name with ${Buffer.byteLength(name)} characters.`,
    );
  }
  const illegal =
    !name.isWellFormed() ||
    /[\r\n]/.test(name) ||
    name === '.' ||
    name === '..' ||
    name.startsWith('.well-known/acme-challenge/');
  if (illegal)
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Disallowed unicode characters present in object name '${name.toWellFormed()}'`,
    );
}

/** The order of a listing: by UTF-8 bytes, which differs from JavaScript's order for characters beyond U+FFFF. */
export function compareNames(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return utf8Rank(a) - utf8Rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters above U+FFFF, so they rank above U+E000..U+FFFF, the only units beyond them. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
