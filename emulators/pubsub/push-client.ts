import http from 'node:http';
import https from 'node:https';
import type { PushRequest } from './push-request.ts';

/** Google takes these answers for an acknowledgement, https://cloud.google.com/pubsub/docs/push#receive_push */
const ACK_CODES: readonly number[] = [102, 200, 201, 202, 204];
const PROCESSING = 102;

/** Sends push requests over connections that are kept open. */
export class PushClient {
  readonly #http = new http.Agent({ keepAlive: true });
  readonly #https = new https.Agent({ keepAlive: true });

  /**
   * Resolves to true when the endpoint acknowledged the message.
   * @throws Error when there was no answer: no connection, or `signal` was aborted
   */
  async post(request: PushRequest, signal: AbortSignal): Promise<boolean> {
    const first = await this.#send(request, signal);
    // The endpoint had closed the idle connection just then; it never saw the request.
    const status = first === 'stale' ? await this.#send(request, signal) : first;
    return status !== 'stale' && ACK_CODES.includes(status);
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #send({ endpoint, headers, body }: PushRequest, signal: AbortSignal): Promise<number | 'stale'> {
    const { promise, resolve, reject } = Promise.withResolvers<number | 'stale'>();
    const secure = endpoint.startsWith('https:');
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length) },
      agent: secure ? this.#https : this.#http,
      signal,
    };
    const outgoing = (secure ? https : http).request(endpoint, options);
    outgoing
      .on('information', ({ statusCode }) => {
        if (statusCode === PROCESSING) resolve(PROCESSING);
      })
      .on('response', (response) => {
        resolve(response.statusCode ?? 0);
        response.on('error', () => undefined).resume();
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve('stale');
        else reject(error);
      })
      .end(body);
    return await promise;
  }
}
