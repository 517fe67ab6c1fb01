import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Random } from '../unit/random.ts';
import { cleanUp } from './cleanup.ts';

/** A way to a service on which some requests come to grief. */
export interface FaultyWay {
  /** http://127.0.0.1:… */
  readonly url: string;
  /** Requests in a thousand that fail: half of them unheard, half of them done and their answer lost. */
  perMille: number;
}

/** @param to URL of the service. It ends with the test file. */
export async function startFaultyWay(to: string, random: Random): Promise<FaultyWay> {
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const way: FaultyWay = { url, perMille: 0 };

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const fault = random.below(2000);
    if (fault < way.perMille) {
      const error = {
        code: 503,
        message: 'The service is currently unavailable.',
        errors: [{ reason: 'backendError' }],
      };
      outgoing.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return;
    }
    const { host, 'transfer-encoding': chunked, ...headers } = incoming.headers;
    const onward = request(to + (incoming.url ?? ''), {
      method: incoming.method,
      headers: { ...headers, host, ...(chunked === undefined ? {} : { 'content-length': body.length }) },
    });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const answered = await buffer(answer);
    if (fault >= 2000 - way.perMille) throw new Error('the answer is lost');
    // What the service says of its own address would lead past this way.
    const location = answer.headers.location?.replace(to, url);
    outgoing
      .writeHead(answer.statusCode ?? 502, { ...answer.headers, ...(location ? { location } : {}) })
      .end(answered);
  }
  return way;
}
