import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { TransientError } from '../../../../functions/runtime/errors.ts';
import type { CopyOut } from '../../../../functions/transcoder/copy-out.ts';
import { compilePlan } from '../../../../functions/transcoder/plan.ts';
import { Transcoding } from '../../../../functions/transcoder/transcode.ts';
import { contractOf } from '../../records.ts';
import { columns, copyOf, HEADER, int32, row } from './copy-bytes.ts';
import { decodeFile } from './decode.ts';

const contract = contractOf({ id: 'int' });
const plan = compilePlan(contract, 'public.things', columns({ id: 'int4' }));

/** What becomes of a COPY stream that a server ends with these words, as pg would tell us of it. */
async function answer(stream: Buffer, tag: string): Promise<readonly unknown[]> {
  const client = {
    query(copy: CopyOut) {
      const socket = new Duplex({ read: () => undefined, write: () => undefined });
      copy.submit({ stream: socket, query: () => undefined } as unknown as pg.Connection);
      socket.emit('data', Buffer.concat([Buffer.from('d'), int32(stream.length + 4), stream]));
      copy.handleCommandComplete({ text: tag });
      copy.handleReadyForQuery();
    },
  } as unknown as pg.Client;
  const onRejected = async (): Promise<void> => {
    await Promise.reject(new Error('rejected'));
  };
  const transcoding = new Transcoding(client, { plan, query: '', codec: 'null', identity: 'a', onRejected });
  const pieces: Buffer[] = [];
  for await (const piece of transcoding.file()) pieces.push(piece);
  return (await decodeFile(Buffer.concat(pieces))).records;
}

describe('a file ends when the stream has its trailer and Postgres counts the rows that came', () => {
  const rows = [row(int32(1)), row(int32(2))];

  test('both', async () => {
    expect(await answer(copyOf(...rows), 'COPY 2')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await answer(copyOf(), 'COPY 0')).toEqual([]);
  });

  test.each([
    ['without the trailer', Buffer.concat([HEADER, ...rows]), 'COPY 2', 'after 2 rows without its trailer'],
    ['with a row that went missing', copyOf(...rows), 'COPY 3', 'Postgres sent 3 rows, and 2 came'],
    ['with a row too many', copyOf(...rows), 'COPY 1', 'Postgres sent 1 rows, and 2 came'],
    ['after another statement', copyOf(...rows), 'SELECT 2', 'it was no COPY'],
  ])('not %s', async (_, stream, tag, reason) => {
    await expect(answer(stream, tag)).rejects.toThrow(TransientError);
    await expect(answer(stream, tag)).rejects.toThrow(reason);
  });
});
