import { ApiError } from '../../kit/errors.ts';
import { invalid, notFound } from '../errors.ts';
import type { Bytes } from './lines.ts';

/** A file to load; `open` may be called more than once. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly open: () => Promise<Bytes>;
}

interface GcsObject {
  readonly name: string;
  readonly size?: string;
}

/**
 * The objects that gs:// URIs name, in the order of their names. One `*` per URI, in the object's name.
 * @param host where Cloud Storage answers, as STORAGE_EMULATOR_HOST gives it
 * @throws ApiError notFound for a URI that matches nothing
 */
export async function findSources(
  uris: readonly string[],
  host: string | undefined,
  signal: AbortSignal,
): Promise<SourceFile[]> {
  if (host === undefined || host === '')
    throw invalid('gs:// URIs need STORAGE_EMULATOR_HOST, which says where Cloud Storage answers');
  const base = (/^https?:\/\//.test(host) ? host : `http://${host}`).replace(/\/+$/, '');
  const files: SourceFile[] = [];
  for (const uri of uris) {
    const [, bucket, object] = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    if (bucket === undefined || object === undefined)
      throw invalid(`Source URI must be a Google Cloud Storage location: ${uri}`);
    if ((object.match(/\*/g) ?? []).length > 1)
      throw invalid(`Invalid source URI ${uri}: only one wildcard (*) is allowed`);
    const matched = object.includes('*')
      ? await list(base, bucket, object, signal)
      : [await stat(base, bucket, object, signal)];
    const found = matched.filter((item) => item !== undefined);
    if (found.length === 0) throw notFound(`URI ${uri}`);
    for (const item of found)
      files.push({
        name: `gs://${bucket}/${item.name}`,
        bytes: Number(item.size ?? 0),
        open: async () => await download(base, bucket, item.name, signal),
      });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function list(base: string, bucket: string, pattern: string, signal: AbortSignal): Promise<GcsObject[]> {
  const [before = '', after = ''] = pattern.split('*');
  const found: GcsObject[] = [];
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({ prefix: before, ...(pageToken === undefined ? {} : { pageToken }) });
    const response = await get(`${base}/storage/v1/b/${encodeURIComponent(bucket)}/o?${query.toString()}`, signal);
    if (!response) throw notFound(`Bucket ${bucket}`);
    const page = (await response.json()) as { items?: GcsObject[]; nextPageToken?: string };
    found.push(
      ...(page.items ?? []).filter(({ name }) => name.endsWith(after) && name.length >= before.length + after.length),
    );
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

async function stat(base: string, bucket: string, object: string, signal: AbortSignal): Promise<GcsObject | undefined> {
  const response = await get(objectUrl(base, bucket, object), signal);
  return response && ((await response.json()) as GcsObject);
}

async function download(base: string, bucket: string, object: string, signal: AbortSignal): Promise<Bytes> {
  const response = await get(`${objectUrl(base, bucket, object)}?alt=media`, signal);
  if (!response?.body) throw notFound(`URI gs://${bucket}/${object}`);
  return response.body;
}

function objectUrl(base: string, bucket: string, object: string): string {
  return `${base}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}`;
}

async function get(url: string, signal: AbortSignal): Promise<Response | undefined> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    throw new ApiError(
      'UNAVAILABLE',
      `cannot reach Cloud Storage at ${new URL(url).origin}: ${(error as Error).message}`,
    );
  }
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw new ApiError('UNAVAILABLE', `Cloud Storage answered ${response.status} to GET ${url}`);
  return response;
}
