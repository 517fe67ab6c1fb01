import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Request } from '../../kit/router.ts';
import { invalid } from '../errors.ts';
import type { Resource } from '../store/store.ts';
import { resource } from './shared.ts';

/** multipart/related of two parts, JSON and the file; the second streams to disk. */
export async function saveParts(request: Request, folder: string): Promise<{ metadata: Resource; path: string }> {
  const boundary = /boundary="?([^";]+)"?/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw invalid('multipart upload without a boundary');
  const raw = join(folder, 'body');
  await pipeline(request.raw, createWriteStream(raw));
  const { size } = await stat(raw);
  const head = await readHead(raw, boundary);
  const ending = await readTail(raw, size, boundary);
  if (ending < 0) throw invalid('multipart upload ends without its boundary');
  const path = join(folder, 'file');
  const end = size - ending - 1;
  if (end < head.dataAt) await pipeline([Buffer.alloc(0)], createWriteStream(path));
  else await pipeline(createReadStream(raw, { start: head.dataAt, end }), createWriteStream(path));
  await rm(raw);
  return { metadata: head.metadata, path };
}

const HEAD_BYTES = 1024 * 1024;

async function readHead(path: string, boundary: string): Promise<{ metadata: Resource; dataAt: number }> {
  const bytes = await readRange(path, 0, HEAD_BYTES);
  const second = bytes.indexOf(`--${boundary}`, bytes.indexOf(`--${boundary}`) + boundary.length);
  const jsonAt = bytes.indexOf('\r\n\r\n');
  const dataHead = second < 0 ? -1 : bytes.indexOf('\r\n\r\n', second);
  if (jsonAt < 0 || dataHead < 0) throw invalid('multipart upload without its two parts');
  return { metadata: readMetadata(bytes.subarray(jsonAt + 4, second).toString()), dataAt: dataHead + 4 };
}

function readMetadata(json: string): Resource {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw invalid(`the first part of the upload is not JSON: ${(error as Error).message}`);
  }
  const metadata = resource(value);
  if (metadata) return metadata;
  throw invalid('the first part of the upload must be a JSON object');
}

/** How many bytes the closing boundary and what follows it take. */
async function readTail(path: string, size: number, boundary: string): Promise<number> {
  const length = Math.min(size, boundary.length + 64);
  const bytes = await readRange(path, size - length, length);
  const at = bytes.lastIndexOf(`\r\n--${boundary}--`);
  return at < 0 ? -1 : bytes.length - at;
}

async function readRange(path: string, start: number, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start, end: start + length - 1 }) as AsyncIterable<Buffer>)
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
