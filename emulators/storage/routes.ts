import { unimplemented } from '../kit/errors.ts';
import type { Handler, Routes } from '../kit/router.ts';
import { bucketRoutes } from './bucket-routes.ts';
import { copyRoutes } from './copy-routes.ts';
import { objectRoutes, readMedia } from './object-routes.ts';
import type { Sessions } from './sessions.ts';
import type { Store } from './store.ts';
import { uploadRoutes } from './upload-routes.ts';

/** First segments that belong to an API and so never name a bucket of the XML-style read. */
const API_ROOTS = ['b', 'batch', 'download', 'emulator', 'projects', 'resumable', 'storage', 'upload'];

/** Google's API. The client drops `/storage/v1` when STORAGE_EMULATOR_HOST is set and keeps it with `apiEndpoint`. */
export function apiRoutes(store: Store, sessions: Sessions): Routes {
  const json = { ...bucketRoutes(store), ...objectRoutes(store), ...copyRoutes(store) };
  const download: Handler = async (request) => await readMedia(store, request);
  const xmlStyle: Handler = async (request) => {
    const { bucket = '' } = request.params;
    if (API_ROOTS.includes(bucket)) throw unimplemented('storage', `${request.method} ${request.path}`);
    return await readMedia(store, request);
  };
  return {
    ...uploadRoutes(store, sessions),
    ...underPrefix('/storage/v1', json),
    ...json,
    'GET /download/storage/v1/b/{bucket}/o/{object}': download,
    'GET /{bucket}/{object=**}': xmlStyle,
    'HEAD /{bucket}/{object=**}': xmlStyle,
  };
}

function underPrefix(prefix: string, routes: Routes): Routes {
  return Object.fromEntries(Object.entries(routes).map(([key, handler]) => [key.replace(' ', ` ${prefix}`), handler]));
}
