import { ApiError, asApiError } from '../kit/errors.ts';
import type { Reply, Request, Routes } from '../kit/router.ts';
import type { Bucket } from './bucket.ts';
import { listObjects, parseListOptions } from './listing.ts';
import { sendMedia } from './media.ts';
import type { ObjectVersion } from './model.ts';
import { checkPreconditions, isNotModified, parseGeneration, parsePreconditions } from './preconditions.ts';
import { objectResource } from './resources.ts';
import type { Store } from './store.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/objects */
export function objectRoutes(store: Store): Routes {
  return {
    'GET /b/{bucket}/o': (request) => {
      const bucket = store.bucket(request.params['bucket'] ?? '');
      const { items, prefixes, nextPageToken } = listObjects(bucket, parseListOptions(request.query));
      const resources = items.map((version) => objectResource(bucket.name, version, request.origin));
      return {
        body: {
          kind: 'storage#objects',
          nextPageToken,
          ...(prefixes.length > 0 ? { prefixes } : {}),
          ...(resources.length > 0 ? { items: resources } : {}),
        },
      };
    },
    'GET /b/{bucket}/o/{object}': async (request) => {
      if (request.query.get('alt') === 'media') return await readMedia(store, request);
      const found = read(store, request);
      return found === undefined
        ? { status: 304 }
        : { body: objectResource(found.bucket.name, found.version, request.origin) };
    },
    'PATCH /b/{bucket}/o/{object}': async (request) => {
      const patch = await request.json();
      const { bucket, name, generation } = address(store, request);
      const version = bucket.patch(name, patch, parsePreconditions(request.query), generation);
      return { body: objectResource(bucket.name, version, request.origin) };
    },
    'DELETE /b/{bucket}/o/{object}': (request) => {
      const { bucket, name, generation } = address(store, request);
      bucket.remove(name, parsePreconditions(request.query), generation);
      return { status: 204 };
    },
  };
}

/** `GET /storage/v1/b/B/o/O?alt=media`, and as the XML API does it, `GET /B/O`. Errors are text, as Google's are. */
export async function readMedia(store: Store, request: Request): Promise<Reply | undefined> {
  try {
    const found = read(store, request);
    return found === undefined ? { status: 304 } : await sendMedia(request, found.bucket, found.version);
  } catch (error) {
    const failure = asApiError(error);
    if (failure.status === 'INTERNAL' || request.response.headersSent) throw error;
    return { status: failure.code, body: failure.message, headers: { 'content-type': 'text/html; charset=UTF-8' } };
  }
}

/** @returns undefined when the reader's copy is still good */
function read(store: Store, request: Request): { bucket: Bucket; version: ObjectVersion } | undefined {
  if (request.headers['x-goog-encryption-key'] !== undefined) {
    throw new ApiError('UNIMPLEMENTED', 'the storage emulator has no customer-supplied encryption keys');
  }
  const { bucket, name, generation } = address(store, request);
  const version = bucket.get(name, generation);
  const { generationMatch, metagenerationMatch, ...notMatch } = parsePreconditions(request.query);
  checkPreconditions(
    {
      ...(generationMatch === undefined ? {} : { generationMatch }),
      ...(metagenerationMatch === undefined ? {} : { metagenerationMatch }),
    },
    version,
  );
  return isNotModified(notMatch, version) ? undefined : { bucket, version };
}

function address(store: Store, request: Request): { bucket: Bucket; name: string; generation: number | undefined } {
  const { bucket = '', object = '' } = request.params;
  const generation = parseGeneration(request.query.get('generation'), 'generation');
  return { bucket: store.bucket(bucket), name: object, generation };
}
