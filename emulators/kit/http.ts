import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as SocketServer } from 'node:net';
import { ApiError, asApiError, describe, unimplemented } from './errors.ts';
import { compileRoutes, type Reply, type Request, type Routes } from './router.ts';

/** Google's largest JSON request is 10 MB (Pub/Sub, BigQuery); uploads stream and are not held to it. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** An HTTP server for a table of routes: Google's error envelope for what throws, 501 for what no route matches. */
export function createHttpServer(service: string, routes: Routes): Server {
  const match = compileRoutes(routes);
  const server = createServer({ keepAliveTimeout: 60_000 }, (raw, response) => {
    void respond(raw, response);
  });

  async function respond(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = urlOf(raw);
      const found = match(raw.method ?? 'GET', url.pathname);
      if (!found) throw unimplemented(service, `${raw.method ?? 'GET'} ${url.pathname}`);
      const reply = await found.handler(toRequest(raw, response, url, found.params));
      if (reply) send(response, reply);
    } catch (error) {
      if (raw.socket.destroyed) return; // The caller has hung up: nobody reads an answer, and nothing is wrong here.
      const failure = asApiError(error);
      if (failure.status === 'INTERNAL') process.stderr.write(`${service}: ${describe(error)}\n`);
      if (response.headersSent) response.destroy();
      else send(response, { status: failure.code, body: failure });
    }
  }
  return server;
}

/**
 * Listens on loopback. Port 0 takes a free one.
 * @throws Error naming the port when it is occupied
 */
export async function listen(server: SocketServer, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} on 127.0.0.1 is occupied; free it or let the local cloud choose (port 0)`, {
      cause: error,
    });
  }
  return (server.address() as AddressInfo).port;
}

/** Stops taking requests and ends the connections that are open. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    server.close(() => {
      resolve();
    }),
  );
  server.closeAllConnections();
  await closed;
}

/** A target may also be a whole URL, or `*`: https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const found = URL.parse(url.startsWith('/') ? `http://localhost${url}` : url, 'http://localhost');
  if (found) return found;
  throw new ApiError('INVALID_ARGUMENT', `the path ${url} is none`);
}

function toRequest(
  raw: IncomingMessage,
  response: ServerResponse,
  url: URL,
  params: Readonly<Record<string, string>>,
): Request {
  return {
    method: raw.method ?? 'GET',
    path: url.pathname,
    params,
    query: url.searchParams,
    headers: raw.headers,
    raw,
    response,
    origin: `http://${raw.headers.host ?? '127.0.0.1'}`,
    bytes: async () => await readBody(raw),
    json: async () => parseJson(await readBody(raw)),
  };
}

async function readBody(raw: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // All of it is taken, for a caller reads no answer before, and its next request comes behind it.
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) throw new ApiError('INVALID_ARGUMENT', `the body is larger than ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ApiError('INVALID_ARGUMENT', `the body is not JSON: ${describe(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError('INVALID_ARGUMENT', 'the body must be a JSON object');
  }
  return value as Record<string, unknown>;
}

function send(response: ServerResponse, reply: Reply): void {
  const { status = 200, headers = {}, body } = reply;
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = raw ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const type = raw ? {} : { 'content-type': 'application/json; charset=UTF-8' };
  response.writeHead(status, { ...type, 'content-length': String(bytes.length), ...headers }).end(bytes);
}
