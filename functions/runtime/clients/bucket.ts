import { bucketName } from '../../../pipelines/model/names.ts';
import type { OpenClient } from '../services.ts';

/** Cloud Storage. Only the packages of functions that name it hold its client. */
export const bucket: OpenClient<'bucket'> =
  ({ projectId, name }) =>
  async (purpose) => {
    const { openBucket } = await import('../../gcp/storage.ts');
    return openBucket(projectId, bucketName(projectId, name, purpose));
  };
