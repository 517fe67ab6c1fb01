import { Readable } from 'node:stream';
import realFetch, { FetchError, Headers, type RequestInit, Response } from 'node-fetch';
import { ApiError, asApiError } from '../../../emulators/kit/errors.ts';
import { compileRoutes, type Reply, type Request, type Routes } from '../../../emulators/kit/router.ts';
import { type Failure, perform, type Service } from '../engine/calls.ts';
import { BIGQUERY, pick, STORAGE } from './refusals.ts';

export { FetchError, Headers, Response };

interface Server {
  readonly service: Service;
  readonly match: ReturnType<typeof compileRoutes>;
}
const servers = new Map<string, Server>();

/** Lets requests to `http://<host>` end in an emulator's routes. */
export function serve(host: string, service: Service, routes: Routes): void {
  servers.set(host, { service, match: compileRoutes(routes) });
}

/** What stands for fetch in Google's clients: a request is an effect of the call that makes it. */
export default async function fetch(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const url = new URL(address);
  const server = servers.get(url.host);
  if (!server) return await realFetch(address, init);
  const method = init.method ?? 'GET';
  // The body is complete before the scheduler is asked: bytes on their way are no effect yet.
  const body = await readBody(init.body);
  const act = async (): Promise<Response> => await answer(server, url, method, new Headers(init.headers), body);
  const what = `${method} ${url.pathname.replace(/^(?:\/upload)?(?:\/storage\/v1)?/, '')}${jobIdOf(body)}`;
  return await perform({
    service: server.service,
    what,
    act,
    fail: (failure, variant) => failing(server.service, failure, variant),
  });
}

async function readBody(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function jobIdOf(body: Buffer): string {
  const [, id] = /"jobId":"([^"]+)"/.exec(body.toString('latin1')) ?? [];
  return id === undefined ? '' : ` ${id}`;
}

async function answer(server: Server, url: URL, method: string, headers: Headers, body: Buffer): Promise<Response> {
  try {
    const found = server.match(method, url.pathname);
    if (!found) throw new ApiError('UNIMPLEMENTED', `${method} ${url.pathname} is not in the emulator's routes`);
    const reply = await found.handler(toRequest(url, method, headers, body, found.params));
    if (!reply) throw new ApiError('UNIMPLEMENTED', `${method} ${url.pathname} streams its answer`);
    return toResponse(reply);
  } catch (error) {
    const failure = asApiError(error);
    return toResponse({ status: failure.code, body: failure });
  }
}

function toRequest(
  url: URL,
  method: string,
  headers: Headers,
  body: Buffer,
  params: Readonly<Record<string, string>>,
): Request {
  const raw = Object.assign(Readable.from([body], { objectMode: false }), { complete: true });
  return {
    method,
    path: url.pathname,
    params,
    query: url.searchParams,
    headers: Object.fromEntries(headers.entries()),
    raw: raw as unknown as Request['raw'],
    response: undefined as unknown as Request['response'],
    origin: url.origin,
    bytes: () => Promise.resolve(body),
    json: () => Promise.resolve(JSON.parse(body.toString() || '{}') as Record<string, unknown>),
  };
}

function toResponse({ status = 200, headers = {}, body }: Reply): Response {
  if (body === undefined) return new Response(Buffer.alloc(0), { status, headers });
  if (typeof body === 'string' || Buffer.isBuffer(body)) return new Response(body, { status, headers });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  });
}

function failing(service: Service, failure: Failure, variant: number): Response {
  const refusal = pick(service === 'storage' ? STORAGE : BIGQUERY, failure, variant);
  if (typeof refusal !== 'string') return toResponse({ status: refusal.code, body: refusal });
  throw new FetchError(`request failed, reason: ${refusal}`, 'system', {
    name: 'Error',
    message: refusal,
    code: refusal,
    errno: '-104',
    syscall: 'read',
  });
}
