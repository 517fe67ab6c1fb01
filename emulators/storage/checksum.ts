import { createHash, type Hash } from 'node:crypto';
import { ApiError } from '../kit/errors.ts';
import { crc32c, formatCrc32c } from './crc32c.ts';

/** Both checksums of an object, base64, as in its JSON resource. */
export interface Checksums {
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** CRC-32C and MD5 of bytes as they stream by. */
export class RunningChecksum {
  #crc = 0;
  readonly #md5: Hash = createHash('md5');

  update(bytes: Uint8Array): void {
    this.#crc = crc32c(this.#crc, bytes);
    this.#md5.update(bytes);
  }

  /** Can be asked at any time, and more than once. */
  value(): Checksums {
    return { crc32c: formatCrc32c(this.#crc), md5Hash: this.#md5.copy().digest('base64') };
  }
}

/**
 * Reads `x-goog-hash: crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==`
 * (https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash).
 */
export function parseHashHeader(header: string | string[] | undefined): Partial<Checksums> {
  const found: { crc32c?: string; md5Hash?: string } = {};
  for (const part of [header ?? []].flat().join(',').split(',')) {
    const [algorithm, ...value] = part.trim().split('=');
    if (algorithm === 'crc32c') found.crc32c = value.join('=');
    if (algorithm === 'md5') found.md5Hash = value.join('=');
  }
  return found;
}

/** @throws ApiError 400 with Google's words when what the caller expects is not what arrived */
export function verifyChecksums(expected: Partial<Checksums>, actual: Checksums): void {
  const rows = [
    ['CRC32C', expected.crc32c, actual.crc32c],
    ['MD5 hash', expected.md5Hash, actual.md5Hash],
  ] as const;
  for (const [label, provided, calculated] of rows) {
    if (provided === undefined || provided === calculated) continue;
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Provided ${label} "${provided}" doesn't match calculated ${label} "${calculated}".`,
    );
  }
}
