import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './errors.ts';

/** One HTTP request as a route sees it. Path parameters are percent-decoded. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The raw request, for routes that stream a body in. */
  readonly raw: IncomingMessage;
  /** The raw response, for routes that stream a body out; such a route returns `undefined`. */
  readonly response: ServerResponse;
  /** The host and port the caller used, for links back (resumable upload locations). */
  readonly origin: string;
  /** The whole body. */
  bytes(): Promise<Buffer>;
  /** The whole body as a JSON object; an empty body is `{}`. @throws ApiError INVALID_ARGUMENT */
  json(): Promise<Record<string, unknown>>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a Buffer or string. */
  readonly body?: unknown;
}

/** Returns what to send, or `undefined` when the route has written the response itself. */
export type Handler = (request: Request) => Promise<Reply | undefined> | Reply | undefined;

/**
 * Routes by `METHOD /path` with google.api.http's patterns: `{name}` is one segment, `{name=**}` the rest of the path,
 * and a custom verb stands after the last segment (`POST /v1/{topic}:publish`). The first that matches wins.
 */
export type Routes = Readonly<Record<string, Handler>>;

interface CompiledRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

export interface Match {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

/** Compiles a table of routes to a function from method and (undecoded) path to the handler, or `undefined`. */
export function compileRoutes(routes: Routes): (method: string, path: string) => Match | undefined {
  const compiled: CompiledRoute[] = Object.entries(routes).map(([key, handler]) => {
    const [method, path] = key.split(' ');
    if (method === undefined || path === undefined) throw new Error(`route "${key}" is not "METHOD /path"`);
    return { method, pattern: compilePath(path), handler };
  });
  return (method, path) => {
    for (const route of compiled) {
      if (route.method !== method) continue;
      const found = route.pattern.exec(path);
      if (found) return { handler: route.handler, params: decodeParams(found.groups ?? {}) };
    }
    return undefined;
  };
}

function compilePath(path: string): RegExp {
  const source = path
    .split(/(\{\w+(?:=\*\*)?\})/)
    .map((part) => {
      const parameter = /^\{(\w+)(=\*\*)?\}$/.exec(part);
      if (!parameter) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return parameter[2] ? `(?<${parameter[1] ?? ''}>.+?)` : `(?<${parameter[1] ?? ''}>[^/]+?)`;
    })
    .join('');
  return new RegExp(`^${source}$`);
}

function decodeParams(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new ApiError('INVALID_ARGUMENT', 'the path holds a malformed percent-escape');
  }
}
