import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ApiError } from '../kit/errors.ts';
import type { Reply, Request } from '../kit/router.ts';
import type { Bucket } from './bucket.ts';
import { READ_CHUNK_BYTES } from './limits.ts';
import type { ObjectVersion } from './model.ts';
import { etag } from './resources.ts';

/** Both inclusive. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Streams an object's bytes: https://cloud.google.com/storage/docs/json_api/v1/parameters#alt */
export async function sendMedia(request: Request, bucket: Bucket, version: ObjectVersion): Promise<Reply | undefined> {
  const headers = mediaHeaders(version);
  if (isTranscoded(request, version)) return await sendGunzipped(request, bucket, version, headers);
  const range = parseRange(request.headers.range, version.size);
  if (range === 'unsatisfiable') return unsatisfiable(version);
  const { start, end } = range ?? { start: 0, end: version.size - 1 };
  headers['content-length'] = String(end - start + 1);
  if (range) headers['content-range'] = `bytes ${start}-${end}/${version.size}`;
  const status = range ? 206 : 200;
  if (request.method === 'HEAD' || version.size === 0) return { status, headers };
  const fd = bucket.open(version);
  request.response.writeHead(status, headers);
  await deliver(createReadStream('', { fd, start, end, highWaterMark: READ_CHUNK_BYTES }), request);
  return undefined;
}

/** The headers that Google's clients check a download with, and those a browser needs. */
function mediaHeaders(version: ObjectVersion): Record<string, string> {
  const { attributes, crc32c, md5Hash } = version;
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag: etag(version),
    'last-modified': new Date(version.updated).toUTCString(),
    'x-goog-generation': String(version.generation),
    'x-goog-metageneration': String(version.metageneration),
    'x-goog-hash': md5Hash === undefined ? `crc32c=${crc32c}` : `crc32c=${crc32c},md5=${md5Hash}`,
    'x-goog-storage-class': String(attributes['storageClass']),
    'x-goog-stored-content-encoding': storedEncoding(version),
    'x-goog-stored-content-length': String(version.size),
  };
  const named = {
    'content-type': 'contentType',
    'content-encoding': 'contentEncoding',
    'content-disposition': 'contentDisposition',
    'content-language': 'contentLanguage',
    'cache-control': 'cacheControl',
  };
  for (const [header, field] of Object.entries(named)) {
    const value = attributes[field];
    // A header holds Latin-1 only; Google, too, drops what it cannot send.
    if (typeof value === 'string' && value !== '' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) headers[header] = value;
  }
  return headers;
}

function storedEncoding({ attributes }: ObjectVersion): string {
  const encoding = attributes['contentEncoding'];
  return typeof encoding === 'string' && encoding !== '' ? encoding : 'identity';
}

/** https://cloud.google.com/storage/docs/transcoding: gzip is undone for a reader who does not accept it. */
function isTranscoded(request: Request, version: ObjectVersion): boolean {
  const accepts = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const { cacheControl } = version.attributes;
  const isKept = typeof cacheControl === 'string' && /\bno-transform\b/.test(cacheControl);
  return storedEncoding(version) === 'gzip' && !accepts && !isKept;
}

async function sendGunzipped(
  request: Request,
  bucket: Bucket,
  version: ObjectVersion,
  headers: Record<string, string>,
): Promise<Reply | undefined> {
  delete headers['content-encoding'];
  headers['accept-ranges'] = 'none';
  headers['warning'] = '214 UploadServer gunzipped';
  if (request.method === 'HEAD') return { headers };
  const fd = bucket.open(version);
  request.response.writeHead(200, headers);
  await deliver(createReadStream('', { fd }).pipe(createGunzip()), request);
  return undefined;
}

async function deliver(source: NodeJS.ReadableStream, request: Request): Promise<void> {
  try {
    await pipeline(source, request.response);
  } catch {
    // The reader left, or the bytes could not be read; either way the answer has begun and can only be cut.
    request.response.destroy();
  }
}

/** One range; several at once, or a malformed header, are answered with the whole object, as RFC 9110 allows. */
function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (!found || (first === '' && last === '')) return undefined;
  if (first === '') {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}

function unsatisfiable(version: ObjectVersion): Reply {
  const error = new ApiError('OUT_OF_RANGE', 'The requested range cannot be satisfied.', {
    code: 416,
    reason: 'requestedRangeNotSatisfiable',
    location: 'Range',
  });
  return { status: 416, body: error, headers: { 'content-range': `bytes */${version.size}` } };
}
