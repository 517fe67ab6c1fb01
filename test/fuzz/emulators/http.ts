import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import type { Sample } from './sample.ts';
import type { Spoilt } from './requests.ts';

/** An emulator that has not answered by then hangs. */
const ANSWER_MS = 20_000;
/** A pull waits for messages as long as its caller does. */
const PULL_MS = 200;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** @returns undefined where waiting is the answer @throws Error when there is none */
export async function send(host: string, { method, target, headers, body }: Spoilt): Promise<Answer | undefined> {
  const isPull = /:pull$/.test(target);
  const url = new URL(host);
  const signal = AbortSignal.timeout(isPull ? PULL_MS : ANSWER_MS);
  // Node leaves the length of what a GET carries out, and the body would be the next request.
  const length = body.length === 0 ? {} : { 'content-length': String(body.length) };
  const options = { host: url.hostname, port: url.port, method, path: target, agent, signal };
  return await new Promise((resolve, reject) => {
    const call = request({ ...options, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
      response.on('error', reject);
    });
    call.on('error', (error) => {
      if (isPull && error.name === 'AbortError') resolve(undefined);
      else reject(new Error(`${method} ${target}: ${error.message}`, { cause: error }));
    });
    call.end(body);
  });
}

/** The request that a sample is, as it stands. */
export function plain({ method, path, verb = '', query = {}, headers = {}, body }: Sample): Spoilt {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const parameters = new URLSearchParams(query).toString();
  return {
    method,
    target: `/${path.join('/')}${verb}${parameters === '' ? '' : `?${parameters}`}`,
    headers,
    body: Buffer.from(text),
  };
}

/** Says bytes to a port, and hangs up in the middle or waits for the other side to. @returns what came back */
export async function say(host: string, bytes: Buffer, hangUp: boolean): Promise<Buffer> {
  const url = new URL(host);
  const socket = connect(Number(url.port), url.hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(bytes, resolve));
  if (hangUp) socket.destroy();
  else socket.end();
  await closed;
  return Buffer.concat(chunks);
}
