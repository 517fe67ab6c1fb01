import { CRC32C } from '@google-cloud/storage';
import { describe, expect, test } from '@jest/globals';
import { RunningChecksum, parseHashHeader } from '../../../emulators/storage/checksum.ts';
import { crc32c, formatCrc32c } from '../../../emulators/storage/crc32c.ts';
import { patterned } from './support.ts';

describe('crc32c', () => {
  // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  test.each([
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 rising', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('%s', (_, bytes, expected) => {
    expect(crc32c(0, bytes)).toBe(expected);
  });

  test('agrees with the client for every length and every cut', () => {
    const bytes = patterned(70);
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const theirs = new CRC32C();
      theirs.update(part);
      const cut = length >>> 1;
      const ours = crc32c(crc32c(0, part.subarray(0, cut)), part.subarray(cut));
      expect(formatCrc32c(ours)).toBe(theirs.toString());
    }
  });
});

test('a running checksum can be asked twice', () => {
  const checksum = new RunningChecksum();
  checksum.update(Buffer.from('hello '));
  expect(checksum.value().md5Hash).toBe('+BSJN3e8wilf/wXwDlCNpg==');
  checksum.update(Buffer.from('world'));
  // From Google's own example of x-goog-hash for "hello world".
  expect(checksum.value()).toEqual({ crc32c: 'yZRlqg==', md5Hash: 'XrY7u+Ae7tCTyyK7j1rNww==' });
});

test('x-goog-hash is read in any order, split or joined', () => {
  expect(parseHashHeader('crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==')).toEqual({
    crc32c: 'n03x6A==',
    md5Hash: 'Ojk9c3dhfxgoKVVHYwFbHQ==',
  });
  expect(parseHashHeader(['md5=YQ==', ' crc32c=AAAAAA=='])).toEqual({ crc32c: 'AAAAAA==', md5Hash: 'YQ==' });
  expect(parseHashHeader(undefined)).toEqual({});
});
