import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Reply, Request, Routes } from '../../kit/router.ts';
import { invalid, notFound, unsupported } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { jobResource } from '../jobs/resource.ts';
import type { Resource } from '../store/store.ts';
import { saveParts } from './multipart.ts';
import { param, text } from './shared.ts';

/** The answer waits for the job, for the file goes with the request. */
const UPLOAD_WAIT_MS = 3_600_000;
const PATH = '/upload/bigquery/v2/projects/{project}/jobs';

interface Session {
  readonly folder: string;
  readonly metadata: Resource;
}

/**
 * Load jobs whose file comes with the request, in one (multipart, as Google's client for Node sends it) or in pieces
 * (resumable, as `bq load` does): https://cloud.google.com/bigquery/docs/reference/api-uploads
 * The file waits in a temporary folder until its job is done.
 */
export class Uploads {
  readonly #jobs: Jobs;
  readonly #sessions = new Map<string, Session>();

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  routes(): Routes {
    return {
      [`POST ${PATH}`]: async (request) => {
        const type = request.query.get('uploadType');
        if (type === 'multipart') return await this.#multipart(request);
        if (type === 'resumable') return await this.#begin(request);
        throw unsupported(`uploadType=${type ?? ''}`);
      },
      [`PUT ${PATH}`]: async (request) => await this.#continue(request),
    };
  }

  async #multipart(request: Request): Promise<Reply> {
    const folder = await mkdtemp(join(tmpdir(), 'bigquery-upload-'));
    try {
      const { metadata, path } = await saveParts(request, folder);
      return await this.#load(param(request, 'project'), metadata, path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #begin(request: Request): Promise<Reply> {
    const metadata = await request.json();
    const folder = await mkdtemp(join(tmpdir(), 'bigquery-upload-'));
    const id = randomUUID();
    this.#sessions.set(id, { folder, metadata });
    return { headers: { location: `${request.origin}${request.path}?uploadType=resumable&upload_id=${id}` }, body: {} };
  }

  /** Takes `Content-Range: bytes 0-9/20` (or the whole body without it); 308 until the last byte is there. */
  async #continue(request: Request): Promise<Reply> {
    const id = request.query.get('upload_id') ?? '';
    const session = this.#sessions.get(id);
    if (!session) throw notFound(`Upload ${id}`);
    const path = join(session.folder, 'file');
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(text(request.headers['content-range']) || 'bytes 0-0/*');
    if (!range) throw invalid(`Invalid Content-Range: ${text(request.headers['content-range'])}`);
    const whole = request.headers['content-range'] === undefined;
    const before = await sizeOf(path);
    if (range[1] !== undefined && Number(range[1]) !== before) throw invalid(`the upload continues at byte ${before}`);
    await pipeline(request.raw, createWriteStream(path, { flags: 'a' }));
    const size = await sizeOf(path);
    if (!whole && (range[3] === '*' || size < Number(range[3]))) {
      return { status: 308, headers: size > 0 ? { range: `bytes=0-${size - 1}` } : {} };
    }
    try {
      return await this.#load(param(request, 'project'), session.metadata, path);
    } finally {
      await this.#end(id, session);
    }
  }

  async #load(projectId: string, metadata: Resource, path: string): Promise<Reply> {
    const { jobId, location } = (metadata['jobReference'] ?? {}) as { jobId?: string; location?: string };
    const configuration = metadata['configuration'] as Resource | undefined;
    if (!configuration?.['load']) throw invalid('Required parameter is missing: configuration.load');
    const record = await this.#jobs.insert(projectId, jobId, location, configuration, path);
    return { body: jobResource(await this.#jobs.wait(record, UPLOAD_WAIT_MS)) };
  }

  async #end(id: string, session: Session): Promise<void> {
    this.#sessions.delete(id);
    await rm(session.folder, { recursive: true, force: true });
  }

  /** Removes what unfinished uploads left. */
  async close(): Promise<void> {
    for (const [id, session] of this.#sessions) await this.#end(id, session);
  }
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
