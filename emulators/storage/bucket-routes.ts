import { ApiError, unimplemented } from '../kit/errors.ts';
import type { Handler, Request, Routes } from '../kit/router.ts';
import { parseMaxResults } from './listing.ts';
import { checkPreconditions, isNotModified, parsePreconditions } from './preconditions.ts';
import { bucketResource } from './resources.ts';
import type { Store } from './store.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/buckets */
export function bucketRoutes(store: Store): Routes {
  return {
    'GET /b': (request) => listBuckets(store, request),
    'POST /b': async (request) => {
      if (request.query.get('enableObjectRetention') === 'true') throw unimplemented('storage', 'object retention');
      const json = await request.json();
      const name = typeof json['name'] === 'string' ? json['name'] : '';
      const bucket = store.createBucket(name, projectOf(request), json);
      return { body: bucketResource(bucket.record, request.origin) };
    },
    'GET /b/{bucket}': (request) => {
      const { record } = store.bucket(request.params['bucket'] ?? '');
      const { metagenerationNotMatch, ...wanted } = parsePreconditions(request.query);
      checkPreconditions(wanted, record);
      if (metagenerationNotMatch !== undefined && isNotModified({ metagenerationNotMatch }, record))
        return { status: 304 };
      return { body: bucketResource(record, request.origin) };
    },
    'PATCH /b/{bucket}': async (request) => {
      const patch = await request.json();
      const bucket = store.bucket(request.params['bucket'] ?? '');
      bucket.update(patch, parsePreconditions(request.query));
      return { body: bucketResource(bucket.record, request.origin) };
    },
    'DELETE /b/{bucket}': (request) => {
      store.deleteBucket(request.params['bucket'] ?? '', parsePreconditions(request.query));
      return { status: 204 };
    },
    // gcloud asks the next two before it lists and before it deletes; there are no managed folders here.
    'GET /b/{bucket}/managedFolders': (request) => {
      store.bucket(request.params['bucket'] ?? '');
      return { body: { kind: 'storage#managedFolders' } };
    },
    'GET /b/{bucket}/storageLayout': (request) => {
      const { name, attributes } = store.bucket(request.params['bucket'] ?? '').record;
      const { location, locationType } = attributes;
      return { body: { kind: 'storage#storageLayout', bucket: name, location, locationType } };
    },
  };
}

const listBuckets = (store: Store, request: Request): ReturnType<Handler> => {
  const prefix = request.query.get('prefix') ?? '';
  const after = request.query.get('pageToken') ?? '';
  const maxResults = parseMaxResults(request.query);
  const found = store
    .bucketsOf(projectOf(request))
    .filter(({ name }) => name.startsWith(prefix) && (after === '' || name > after));
  const page = found.slice(0, maxResults);
  const nextPageToken = found.length > page.length ? page.at(-1)?.name : undefined;
  return {
    body: {
      kind: 'storage#buckets',
      nextPageToken,
      items: page.map(({ record }) => bucketResource(record, request.origin)),
    },
  };
};

function projectOf(request: Request): string {
  const project = request.query.get('project') ?? '';
  if (project === '') {
    throw new ApiError('INVALID_ARGUMENT', 'Required parameter: project', { reason: 'required', location: 'project' });
  }
  return project;
}
