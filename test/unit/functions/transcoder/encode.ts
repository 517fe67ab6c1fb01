import { Source } from '../../../../functions/transcoder/block.ts';
import { Container } from '../../../../functions/transcoder/container.ts';
import { CopyStream } from '../../../../functions/transcoder/copy-stream.ts';
import { compilePlan } from '../../../../functions/transcoder/plan.ts';
import { type Rejection, Rows } from '../../../../functions/transcoder/rows.ts';
import type { SourceColumn } from '../../../../functions/transcoder/rule.ts';
import type { Contract } from '../../../../schemas/contract.ts';

export interface Encoded {
  readonly file: Buffer;
  readonly rejections: readonly Rejection[];
  readonly rows: number;
}

/** Encodes a COPY stream that comes in pieces of `size` bytes. @throws what the stream's end throws */
export async function encode(
  contract: Contract,
  columns: readonly SourceColumn[],
  stream: Buffer,
  { size = stream.length, blockBytes = 1000 } = {},
): Promise<Encoded> {
  const container = new Container({ schema: contract.avro, identity: 'a', codec: 'null', blockBytes });
  const parts: Promise<Buffer>[] = [Promise.resolve(container.header())];
  const rows = new Rows(compilePlan(contract, 'public.things', columns), {
    block: container.newBlock(),
    blockBytes: container.fullAt,
    onFull: (block, records) => {
      parts.push(container.close(block, records));
      return container.newBlock();
    },
  });
  const copy = new CopyStream(rows);
  for (let at = 0; at < stream.length; at += size) {
    const piece = Buffer.from(stream.subarray(at, at + size));
    copy.push(new Source(piece), 0, piece.length);
  }
  copy.end();
  rows.flush();
  return { file: Buffer.concat(await Promise.all(parts)), rejections: rows.rejections, rows: rows.count };
}
