import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';

export type Bytes = AsyncIterable<Uint8Array>;

/** The lines of a UTF-8 stream, without their ends; gzip is opened, as BigQuery does for CSV and JSON. */
export async function* readLines(bytes: Bytes): AsyncGenerator<string> {
  let rest = '';
  for await (const text of readText(bytes)) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

export async function* readText(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  for await (const chunk of gunzipIfNeeded(bytes)) yield decoder.write(Buffer.from(chunk));
  const end = decoder.end();
  if (end !== '') yield end;
}

async function* gunzipIfNeeded(bytes: Bytes): Bytes {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const all = (async function* (): Bytes {
    yield first.value;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  })();
  const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
  yield* isGzip ? (Readable.from(all).compose(createGunzip()) as Bytes) : all;
}
