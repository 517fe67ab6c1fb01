import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { CopyOut } from '../../../../functions/transcoder/copy-out.ts';
import { int32 } from './copy-bytes.ts';

const message = (code: string, body = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from(code, 'latin1'), int32(body.length + 4), body]);
const READY = message('Z', Buffer.from('I'));
const NOTICE = message('N', Buffer.from('SNOTICE\0\0'));

interface Seen {
  readonly copied: string;
  readonly toPg: Buffer;
  readonly failed: string[];
  readonly destroyed: boolean;
}

/** Lets a server say something in pieces of `size` bytes; what of it went where. */
function say(bytes: Buffer, size = bytes.length): Seen {
  const seen = { copied: '', toPg: [] as Buffer[], failed: [] as string[] };
  const stream = new Duplex({ read: () => undefined, write: () => undefined });
  stream.on('data', (chunk: Buffer) => seen.toPg.push(Buffer.from(chunk)));
  const copy = new CopyOut('copy', {
    data: ({ bytes: chunk }, from, to) => {
      seen.copied += chunk.toString('latin1', from, to);
    },
    chunk: () => undefined,
    finished: () => undefined,
    failed: (error) => seen.failed.push(String(error)),
  });
  copy.submit({ stream, query: () => undefined } as unknown as pg.Connection);
  for (let at = 0; at < bytes.length && !stream.destroyed; at += size)
    stream.emit('data', Buffer.from(bytes.subarray(at, at + size)));
  const { destroyed } = stream;
  stream.destroy();
  return { ...seen, toPg: Buffer.concat(seen.toPg), destroyed };
}

const sizes = [1, 2, 3, 5, 7, 1000];
const data = [message('d', Buffer.from('one')), message('d'), message('d', Buffer.from('two'))];

describe('while it copies', () => {
  test.each(sizes)('data is ours and everything else is pg’s, in pieces of %d bytes', (size) => {
    const [one = READY, empty = READY, two = READY] = data;
    const begin = message('H', Buffer.from([1, 0, 0]));
    const others = [begin, NOTICE, message('c'), message('C', Buffer.from('COPY 2\0')), READY];
    const seen = say(Buffer.concat([begin, one, NOTICE, empty, two, ...others.slice(2)]), size);
    expect(seen).toEqual({ copied: 'onetwo', toPg: Buffer.concat(others), failed: [], destroyed: false });
  });

  test.each(sizes)('what comes after the end is pg’s, data or not, in pieces of %d bytes', (size) => {
    const behind = Buffer.concat([NOTICE, message('d', Buffer.from('not ours'))]);
    const seen = say(Buffer.concat([...data, READY, behind]), size);
    expect(seen).toEqual({ copied: 'onetwo', toPg: Buffer.concat([READY, behind]), failed: [], destroyed: false });
  });

  test.each([
    ['a message of no known type', Buffer.from('?\0\0\0\x04', 'latin1'), 'a message of type 0x3f'],
    ['rows, for it was no COPY', message('D', Buffer.from('x')), 'a message of type 0x44'],
    ['data of less than nothing', Buffer.concat([Buffer.from('d'), int32(3)]), 'a message of type 0x64 and 3 bytes'],
    ['data of a negative length', Buffer.concat([Buffer.from('d'), int32(-1)]), '-1 bytes'],
    ['a notice of a negative length', Buffer.concat([Buffer.from('N'), int32(-5)]), '-5 bytes'],
    ['an error of a gigabyte', Buffer.concat([Buffer.from('E'), int32(0x4000_0000)]), '1073741824 bytes'],
  ])('%s ends the connection', (_, bytes, reason) => {
    for (const size of [1, 1000]) {
      const { failed, destroyed } = say(Buffer.concat([...data, bytes, READY]), size);
      expect(failed).toHaveLength(1);
      expect(failed[0]).toContain(reason);
      expect(destroyed).toBe(true);
    }
  });
});
