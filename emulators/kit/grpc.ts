import type { Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { createServer, type Server as SocketServer, type Socket } from 'node:net';
import grpc from '@grpc/grpc-js';
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';
import { asApiError } from './errors.ts';

/** An HTTP/2 connection opens with these bytes (RFC 9113, section 3.4), so three of them tell gRPC from REST. */
const HTTP2_PREFACE = 'PRI';
/** Half of what Node takes as headers. */
const TRAILER_BYTES = 8000;

/**
 * Reads a service definition from the protos that Google's own client package carries.
 * @param protos e.g. `@google-cloud/pubsub/build/protos/protos.json`
 * @param service e.g. `google.pubsub.v1.Publisher`
 */
export function loadService(protos: string, service: string): ServiceDefinition {
  const json = createRequire(import.meta.url)(protos) as Parameters<typeof fromJSON>[0];
  const found = fromJSON(json, { longs: String, enums: String, defaults: true, oneofs: true })[service];
  if (!found) throw new Error(`${protos} has no service ${service}`);
  return found as ServiceDefinition;
}

/** Turns a function of the request into a gRPC unary handler that answers ApiErrors with their gRPC code. */
export function unary<Req, Res>(handler: (request: Req) => Promise<Res> | Res): grpc.handleUnaryCall<Req, Res> {
  return (call, callback) => {
    void (async () => {
      try {
        callback(null, await handler(call.request));
      } catch (error) {
        callback(toServiceError(error));
      }
    })();
  };
}

export function toServiceError(error: unknown): Partial<grpc.StatusObject> {
  const failure = asApiError(error);
  return { code: failure.grpcCode, details: asTrailer(failure.message) };
}

/**
 * A message goes out in a trailer, percent-encoded: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 * grpc-js ends the process over half a character, and a caller refuses trailers that are too long.
 */
function asTrailer(message: string): string {
  const whole = message.toWellFormed();
  return encodeURI(whole).length <= TRAILER_BYTES ? whole : `${whole.slice(0, TRAILER_BYTES / 10).toWellFormed()} …`;
}

/**
 * Adds a service; methods that `handlers` lacks answer UNIMPLEMENTED (12) by gRPC's own default.
 * `handlers` is keyed by the proto's method name (`CreateTopic`).
 */
export function addService(
  server: grpc.Server,
  definition: ServiceDefinition,
  handlers: grpc.UntypedServiceImplementation,
): void {
  for (const name of Object.keys(handlers)) {
    if (!(name in definition)) throw new Error(`the proto has no method ${name}`);
  }
  server.addService(definition, handlers);
}

/** REST and gRPC on one port, as Google's own emulators do it: the first bytes of a connection say which it is. */
export function createMuxServer(http: HttpServer, server: grpc.Server): SocketServer {
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const mux = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.once('data', (head: Buffer) => {
      socket.pause();
      socket.unshift(head);
      if (head.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE) injector.injectConnection(socket);
      else http.emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  mux.on('drop-connections', () => {
    for (const socket of sockets) socket.destroy();
  });
  return mux;
}

/** Stops listening and ends every connection. */
export async function closeMux(mux: SocketServer, server: grpc.Server): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    mux.close(() => {
      resolve();
    }),
  );
  server.forceShutdown();
  mux.emit('drop-connections');
  await closed;
}
