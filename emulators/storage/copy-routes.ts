import { ApiError } from '../kit/errors.ts';
import type { Request, Routes } from '../kit/router.ts';
import { objectAttributes } from './attributes.ts';
import type { Bucket } from './bucket.ts';
import { isObject, type Json, mergePatch } from './json.ts';
import { COMPOSE_MAX_SOURCES } from './limits.ts';
import type { ObjectVersion } from './model.ts';
import { checkObjectName } from './names.ts';
import { checkPreconditions, parseGeneration, parsePreconditions } from './preconditions.ts';
import { objectResource } from './resources.ts';
import type { Store } from './store.ts';
import { readVersions } from './transfer.ts';
import { UploadFile } from './upload-file.ts';

/** Objects made of objects. Their bytes go the way of an upload, so nothing shows before all of it is there. */
export function copyRoutes(store: Store): Routes {
  return {
    'POST /b/{bucket}/o/{object}/copyTo/b/{toBucket}/o/{toObject}': async (request) => {
      const { bucket, version } = await copy(store, request);
      return { body: objectResource(bucket.name, version, request.origin) };
    },
    'POST /b/{bucket}/o/{object}/rewriteTo/b/{toBucket}/o/{toObject}': async (request) => {
      const { bucket, version } = await copy(store, request);
      const size = String(version.size);
      return {
        body: {
          kind: 'storage#rewriteResponse',
          totalBytesRewritten: size,
          objectSize: size,
          done: true,
          resource: objectResource(bucket.name, version, request.origin),
        },
      };
    },
    'POST /b/{bucket}/o/{object}/compose': async (request) => await compose(store, request),
  };
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite */
async function copy(store: Store, request: Request): Promise<{ bucket: Bucket; version: ObjectVersion }> {
  const json = await request.json();
  const { bucket = '', object = '', toBucket = '', toObject = '' } = request.params;
  const from = store.bucket(bucket);
  const source = from.get(object, parseGeneration(request.query.get('sourceGeneration'), 'sourceGeneration'));
  checkPreconditions(parsePreconditions(request.query, 'ifSource'), source);
  const to = store.bucket(toBucket);
  checkObjectName(toObject);
  const preconditions = parsePreconditions(request.query);
  checkPreconditions(preconditions, to.find(toObject));
  // A body replaces all metadata of the source; without one they are copied, but for the storage class.
  const attributes =
    Object.keys(json).length > 0 ? objectAttributes(json) : mergePatch(source.attributes, { storageClass: null });
  const { componentCount } = source;
  const target = {
    name: toObject,
    attributes,
    preconditions,
    ...(componentCount === undefined ? {} : { componentCount }),
  };
  const file = new UploadFile(store.disk);
  try {
    await file.append(readVersions([{ bucket: from, version: source }]));
    return { bucket: to, version: to.put({ ...target, file }) };
  } finally {
    await file.discard();
  }
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/compose */
async function compose(store: Store, request: Request): Promise<{ body: object }> {
  const json = await request.json();
  const { object: name = '' } = request.params;
  const bucket = store.bucket(request.params['bucket'] ?? '');
  checkObjectName(name);
  if (json['deleteSourceObjects'] === true)
    throw new ApiError('UNIMPLEMENTED', 'the storage emulator has no deleteSourceObjects');
  const sources = composeSources(bucket, json['sourceObjects']);
  const attributes = objectAttributes(isObject(json['destination']) ? json['destination'] : {});
  const preconditions = parsePreconditions(request.query);
  checkPreconditions(preconditions, bucket.find(name));
  const componentCount = sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0);
  const file = new UploadFile(store.disk);
  try {
    await file.append(readVersions(sources.map((version) => ({ bucket, version }))));
    const version = bucket.put({ name, file, attributes, preconditions, componentCount });
    return { body: objectResource(bucket.name, version, request.origin) };
  } finally {
    await file.discard();
  }
}

function composeSources(bucket: Bucket, list: unknown): ObjectVersion[] {
  const sources: unknown[] = Array.isArray(list) ? list : [];
  if (sources.length === 0) {
    throw new ApiError('INVALID_ARGUMENT', 'You must provide at least one source component.', { reason: 'required' });
  }
  if (sources.length > COMPOSE_MAX_SOURCES) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `The number of source components provided (${sources.length} > ${COMPOSE_MAX_SOURCES})`,
    );
  }
  return sources.map((source) => composeSource(bucket, isObject(source) ? source : {}));
}

function composeSource(bucket: Bucket, source: Json): ObjectVersion {
  const name = typeof source['name'] === 'string' ? source['name'] : '';
  const version = bucket.get(name, generationOf(source['generation']));
  const conditions = source['objectPreconditions'];
  const generationMatch = isObject(conditions) ? generationOf(conditions['ifGenerationMatch']) : undefined;
  checkPreconditions(generationMatch === undefined ? {} : { generationMatch }, version);
  return version;
}

/** In JSON a generation is a string, but clients send numbers too. */
function generationOf(value: unknown): number | undefined {
  const isGiven = typeof value === 'string' || typeof value === 'number';
  return isGiven ? parseGeneration(String(value), 'generation') : undefined;
}
