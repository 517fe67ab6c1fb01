import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudSchedulerClient, type protos } from '@google-cloud/scheduler';
import { googleAuthLibrary, grpc } from 'google-gax';
import { Clock } from '../../../emulators/kit/clock.ts';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { closeServer, listen } from '../../../emulators/kit/http.ts';

process.env['METADATA_SERVER_DETECTION'] = 'none';

export type Job = protos.google.cloud.scheduler.v1.IJob;

export const PARENT = 'projects/demo/locations/asia-southeast2';
export const TOPIC = 'projects/demo/topics/ticks';

/** Google's client against an emulator, over REST or gRPC. */
export function newClient(emulator: Emulator, transport: 'rest' | 'grpc'): CloudSchedulerClient {
  const [host = '', port] = (emulator.env['CLOUD_SCHEDULER_EMULATOR_HOST'] ?? '').split(':');
  const common = { apiEndpoint: host, port: Number(port), projectId: 'demo' };
  if (transport === 'grpc') return new CloudSchedulerClient({ ...common, sslCreds: grpc.credentials.createInsecure() });
  const authClient = new googleAuthLibrary.PassThroughClient();
  return new CloudSchedulerClient({ ...common, fallback: true, protocol: 'http', authClient });
}

export function jobName(id: string): string {
  return `${PARENT}/jobs/${id}`;
}

/** A job that would be accepted, but for what `changes` says. */
export function job(id: string, changes: Job = {}): Job {
  return {
    name: jobName(id),
    schedule: '* * * * *',
    timeZone: 'UTC',
    pubsubTarget: { topicName: TOPIC, data: Buffer.from('tick') },
    ...changes,
  };
}

/** A clock that stands as good as still at `instant`, until a test moves it. */
export function stillClock(instant: string): Clock {
  return new Clock(standingAt(instant));
}

export function standingAt(instant: string): Clock['state'] {
  return { realOrigin: Date.now(), virtualOrigin: Date.parse(instant), rate: 1e-9 };
}

export interface Published {
  readonly path: string;
  readonly messages: readonly { readonly data?: string; readonly attributes?: Record<string, string> }[];
}

export interface PubsubStub {
  readonly env: Readonly<Record<string, string>>;
  readonly published: Published[];
  /** What the coming publishes answer, in order: an HTTP code, or `hang`. 200 when there is no more. */
  readonly answers: (number | 'hang')[];
  stop(): Promise<void>;
}

/** Stands in for Pub/Sub's `topics:publish`. */
export async function startPubsub(): Promise<PubsubStub> {
  const published: Published[] = [];
  const answers: PubsubStub['answers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as Published;
      published.push({ path: `${request.method ?? ''} ${request.url ?? ''}`, messages });
      const code = answers.shift() ?? 200;
      if (code === 'hang') return;
      const body = code === 200 ? { messageIds: ['1'] } : { error: { code, message: `answered ${code}`, status: '?' } };
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const port = await listen(server, 0);
  return {
    env: { PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}` },
    published,
    answers,
    stop: async () => {
      await closeServer(server);
    },
  };
}

/** Polls until `condition` holds. @throws Error naming `what` after `deadlineMs` */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(2);
  }
}

/** `PUT /emulator/v1/clock`, as another process would move the clock. */
export async function moveClock(emulator: Emulator, instant: string): Promise<void> {
  const response = await fetch(`http://${emulator.env['CLOUD_SCHEDULER_EMULATOR_HOST'] ?? ''}/emulator/v1/clock`, {
    method: 'PUT',
    body: JSON.stringify(standingAt(instant)),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** An instant of the API as RFC 3339. */
export function iso(time: { seconds?: unknown; nanos?: number | null } | null | undefined): string | undefined {
  return time ? new Date(Number(time.seconds) * 1000 + (time.nanos ?? 0) / 1e6).toISOString() : undefined;
}
