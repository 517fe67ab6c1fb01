import { ApiError, unimplemented } from '../kit/errors.ts';
import type { Handler, Reply, Request, Routes } from '../kit/router.ts';
import { objectAttributes } from './attributes.ts';
import { parseHashHeader, verifyChecksums } from './checksum.ts';
import { parseContentRange } from './content-range.ts';
import type { Json } from './json.ts';
import { OBJECT_MAX_BYTES } from './limits.ts';
import type { ObjectVersion } from './model.ts';
import { readRelated } from './multipart.ts';
import { checkObjectName } from './names.ts';
import { checkPreconditions, parsePreconditions } from './preconditions.ts';
import { objectResource } from './resources.ts';
import { isOffsetTooFar, Session, type SessionRequest } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Store } from './store.ts';
import { bodyOf } from './transfer.ts';
import { UploadFile } from './upload-file.ts';

/** The three ways to upload: https://cloud.google.com/storage/docs/uploads-downloads#uploads */
export function uploadRoutes(store: Store, sessions: Sessions): Routes {
  const insert: Handler = async (request) => {
    if (request.query.has('upload_id')) return await resume(sessions, request);
    switch (request.query.get('uploadType')) {
      case 'resumable':
        return await openSession(store, sessions, request);
      case 'multipart':
        return await uploadRelated(store, request);
      case 'media':
        return await uploadMedia(store, request);
      default:
        throw new ApiError('INVALID_ARGUMENT', `Invalid value at 'uploadType': must be resumable, multipart or media`);
    }
  };
  const put: Handler = async (request) => await resume(sessions, request);
  const cancel: Handler = async (request) => {
    await sessions.cancel(sessions.get(request.query.get('upload_id') ?? ''));
    return { status: 499, headers: { 'content-length': '0' } };
  };
  const routes: Record<string, Handler> = {};
  // gsutil's library opens resumable sessions under /resumable.
  for (const base of ['/upload/storage/v1', '/resumable/upload/storage/v1']) {
    routes[`POST ${base}/b/{bucket}/o`] = insert;
    routes[`PUT ${base}/b/{bucket}/o`] = put;
    routes[`DELETE ${base}/b/{bucket}/o`] = cancel;
  }
  return routes;
}

async function openSession(store: Store, sessions: Sessions, request: Request): Promise<Reply> {
  const type = request.headers['x-upload-content-type'];
  const size = request.headers['x-upload-content-length'];
  const json = await request.json();
  const target = parseTarget(store, request, json, typeof type === 'string' ? type : undefined);
  const declaredSize = typeof size === 'string' && /^\d{1,15}$/.test(size) ? Number(size) : undefined;
  if ((declaredSize ?? 0) > OBJECT_MAX_BYTES) throw new ApiError('INVALID_ARGUMENT', 'The object is too large.');
  const session = new Session(store.disk, { ...target, declaredSize });
  sessions.add(session);
  const query = new URLSearchParams({ uploadType: 'resumable', name: target.name, upload_id: session.id });
  const location = `${request.origin}/upload/storage/v1/b/${target.bucket.name}/o?${query.toString()}`;
  return { headers: { location, 'x-guploader-uploadid': session.id, 'content-length': '0' } };
}

async function resume(sessions: Sessions, request: Request): Promise<Reply> {
  const session = sessions.get(request.query.get('upload_id') ?? '');
  const range = parseContentRange(request.headers['content-range']);
  const body = { chunks: bodyOf(request), cut: () => request.raw.destroy() };
  try {
    const version = await session.write(range, body, parseHashHeader(request.headers['x-goog-hash']));
    if (version !== undefined) return stored(session.request, version, request);
    // The session ended while this request waited for the one before it.
    if (session.state === 'failed') throw new ApiError('NOT_FOUND', 'The upload session has failed or was cancelled.');
  } catch (error) {
    if (isOffsetTooFar(error)) return { status: error.code, body: error.message, headers: TEXT };
    throw error;
  } finally {
    await sessions.settle(session);
  }
  return resumeIncomplete(session, request);
}

/** The one error of a session that Google answers as text; the Java client tells it from a passing 503 by that. */
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

function resumeIncomplete(session: Session, request: Request): Reply {
  const size = session.persistedSize;
  const range = size === 0 ? {} : { range: `bytes=0-${size - 1}` };
  // Go's HTTP client would follow a 308, so Google's Go library asks for it in another shape.
  const isDisguised = request.headers['x-guploader-no-308'] === 'yes';
  const override = isDisguised ? { 'x-http-status-code-override': '308' } : {};
  return { status: isDisguised ? 200 : 308, headers: { 'content-length': '0', ...range, ...override } };
}

async function uploadRelated(store: Store, request: Request): Promise<Reply> {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/related\b/i.test(type)) {
    throw new ApiError('INVALID_ARGUMENT', `Malformed multipart body: the Content-Type is "${type}".`);
  }
  const { metadata, contentType, data } = await readRelated(bodyOf(request), type);
  const target = parseTarget(store, request, metadata, contentType);
  return await uploadOnce(store, request, target, data);
}

async function uploadMedia(store: Store, request: Request): Promise<Reply> {
  const encoding = request.query.get('contentEncoding');
  const json = encoding === null ? {} : { contentEncoding: encoding };
  const target = parseTarget(store, request, json, request.headers['content-type']);
  return await uploadOnce(store, request, target, bodyOf(request));
}

type Target = Omit<SessionRequest, 'declaredSize'>;

async function uploadOnce(store: Store, request: Request, target: Target, data: AsyncIterable<Buffer>): Promise<Reply> {
  const file = new UploadFile(store.disk);
  try {
    await file.append(data);
    verifyChecksums(target.expected, file.checksums);
    verifyChecksums(parseHashHeader(request.headers['x-goog-hash']), file.checksums);
    return stored(target, target.bucket.put({ ...target, file }), request);
  } finally {
    await file.discard();
  }
}

/** Everything that can be refused before a byte is read. */
function parseTarget(store: Store, request: Request, json: Json, contentType: string | undefined): Target {
  if (request.headers['x-goog-encryption-key'] !== undefined || request.query.has('kmsKeyName')) {
    throw unimplemented('storage', 'customer-supplied encryption keys');
  }
  const bucket = store.bucket(request.params['bucket'] ?? '');
  const name = request.query.get('name') ?? (typeof json['name'] === 'string' ? json['name'] : '');
  checkObjectName(name);
  const attributes = objectAttributes({ ...(contentType === undefined ? {} : { contentType }), ...json });
  const preconditions = parsePreconditions(request.query);
  checkPreconditions(preconditions, bucket.find(name));
  return { bucket, name, attributes, preconditions, expected: expectedChecksums(json) };
}

function expectedChecksums(json: Json): SessionRequest['expected'] {
  const { crc32c, md5Hash } = json;
  return {
    ...(typeof crc32c === 'string' ? { crc32c } : {}),
    ...(typeof md5Hash === 'string' ? { md5Hash } : {}),
  };
}

function stored(target: Target, version: ObjectVersion, request: Request): Reply {
  return { body: objectResource(target.bucket.name, version, request.origin) };
}
