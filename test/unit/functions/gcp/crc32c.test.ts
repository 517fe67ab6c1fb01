import { describe, expect, it } from '@jest/globals';
import { CRC32C } from '@google-cloud/storage';
import fc from 'fast-check';
import { Crc32c } from '../../../../functions/gcp/crc32c.ts';

function sumOf(...chunks: Buffer[]): string {
  const sum = new Crc32c();
  for (const chunk of chunks) sum.update(chunk);
  return sum.toString();
}

function hex(sum: string): string {
  return Buffer.from(sum, 'base64').toString('hex');
}

describe('the CRC32C of an upload', () => {
  // RFC 3720, appendix B.4, whose bytes are in the order of the wire, lowest first.
  it.each([
    ['32 zeros', Buffer.alloc(32), '8a9136aa'],
    ['32 ones', Buffer.alloc(32, 0xff), '62a8ab43'],
    ['32 rising', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), '46dd794e'],
    ['32 falling', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), '113fdb5c'],
    ['123456789', Buffer.from('123456789'), 'e3069283'],
    ['nothing', Buffer.alloc(0), '00000000'],
  ])('knows that of %s', (_, bytes, expected) => {
    expect(hex(sumOf(bytes))).toBe(expected);
  });

  it("is that of Google's client, whatever the bytes and however they come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }), (arrays) => {
        // Views that begin anywhere within another buffer, as pooled ones do.
        const all = Buffer.concat(arrays);
        let at = 0;
        const chunks = arrays.map(({ length }) => all.subarray(at, (at += length)));
        const google = new CRC32C();
        google.update(all);
        expect(sumOf(...chunks)).toBe(google.toString());
      }),
    );
  });

  it('says whether it is another', () => {
    const sum = new Crc32c();
    sum.update(Buffer.from('123456789'));
    const same = Buffer.from('e3069283', 'hex');
    expect(sum.validate(same.toString('base64'))).toBe(true);
    expect(sum.validate(same)).toBe(true);
    const google = new CRC32C();
    google.update(Buffer.from('123456789'));
    expect(sum.validate(google)).toBe(true);
    expect(sum.validate('AAAAAA==')).toBe(false);
  });
});
