import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When the request came, in ms since 1970. */
  readonly at: number;
}

export interface Endpoint {
  readonly url: string;
  readonly received: Received[];
  /** Requests whose sender went away before there was an answer. */
  abandoned(): number;
  /** TCP connections made so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** A push endpoint; `answer` says the status code of each request (`n` counts from 1), or `never` to keep silent. */
export async function startEndpoint(
  answer: (request: Received, n: number) => number | 'never' | Promise<number | 'never'>,
): Promise<Endpoint> {
  const received: Received[] = [];
  let connections = 0;
  let abandoned = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    response.on('close', () => {
      if (!response.headersSent) abandoned += 1;
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const entry = { path: request.url ?? '', headers: request.headers, body, at: Date.now() };
      received.push(entry);
      void Promise.resolve(answer(entry, received.length)).then((status) => {
        if (status === 102) response.writeProcessing();
        else if (status !== 'never') response.writeHead(status).end();
      });
    });
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      resolve();
    }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`,
    received,
    abandoned: () => abandoned,
    connections: () => connections,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The `message.data` of a push request, decoded. */
export function dataOf({ body }: Received): string {
  const { message } = JSON.parse(body) as { message: { data: string } };
  return Buffer.from(message.data, 'base64').toString();
}
