import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Program, startProgram } from '../../emulators/kit/program.ts';
import { LIMIT_MS, runs } from '../runs.ts';
import { type Answer, plain, say, send } from './http.ts';
import { spoilt } from './requests.ts';
import type { Target } from './sample.ts';
import { targets } from './targets.ts';

describe.each(targets)('$name', (target) => {
  let program: Program;
  let host: string;
  beforeAll(async () => {
    program = await startProgram(`emulators/${target.name}/main.ts`);
    const address = program.ready.env[target.variable] ?? '';
    host = address.startsWith('http') ? address : `http://${address}`;
  });
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
  });

  const setUp = async (): Promise<void> => {
    for (const one of target.setup) {
      const answer = await send(host, plain(one));
      if (![200, 409].includes(answer?.status ?? 0)) throw new Error(`${one.path.join('/')}: ${answer?.body ?? ''}`);
    }
  };

  test('answers its samples', async () => {
    await setUp();
    const failed: string[] = [];
    for (const one of target.samples) {
      const answer = await send(host, plain(one));
      if (answer && answer.status >= 500) failed.push(`${one.path.join('/')}: ${answer.body}`);
    }
    expect(failed).toEqual([]);
  });

  test(
    'answers whatever is asked of it, as Google would or that it cannot',
    async () => {
      await fc.assert(
        fc.asyncProperty(spoilt(target.samples), async (request) => {
          const answer = await send(host, request);
          if (answer) expectGoogles(target, request.method, answer);
          await setUp();
        }),
        runs(250),
      );
    },
    LIMIT_MS,
  );

  test(
    'outlives bytes that are no request, and callers who hang up',
    async () => {
      const bodies = target.samples.map((one) => head(plain(one).method, plain(one).target));
      const bytes = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 80 }).map((array) => Buffer.from(array)),
        fc
          .constantFrom(
            'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
            'PRI',
            'P',
            '\r\n',
            'GET',
            `GET / HTTP/1.1\r\nx: ${'x'.repeat(70_000)}`,
          )
          .map((text) => Buffer.from(text)),
        fc
          .tuple(fc.constantFrom('', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), fc.uint8Array({ maxLength: 80 }))
          .map(([text, array]) => Buffer.concat([Buffer.from(text), array])),
        fc.constantFrom(...bodies),
      );
      await fc.assert(
        fc.asyncProperty(bytes, fc.boolean(), async (sent, hangUp) => {
          await say(host, sent, hangUp);
          expect(program.child.exitCode).toBeNull();
        }),
        runs(60),
      );
    },
    LIMIT_MS,
  );

  test('refuses a body that is too large, and says so', async () => {
    const json = target.samples.find(({ body }) => typeof body === 'object');
    if (!json) return;
    const answer = await send(host, { ...plain(json), body: Buffer.alloc(40_000_000, ' ') });
    expect(answer?.status).toBe(400);
  });

  test('still does its work, has printed nothing and ends when it is told to', async () => {
    await setUp();
    program.child.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    // The scheduler says what it could not publish, for there is no Pub/Sub here.
    const said = stderr.split('\n').filter((line) => line !== '' && !line.includes('PUBSUB_EMULATOR_HOST is not set'));
    expect({ code, said }).toEqual({ code: 0, said: [] });
  });
});

/** A request that promises more than comes. */
function head(method: string, target: string): Buffer {
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{"a":`);
}

function expectGoogles(target: Target, method: string, { status, body }: Answer): void {
  expect([status, body]).not.toEqual([500, expect.anything()]);
  if (status < 400 || method === 'HEAD' || target.isForeign?.(status, body)) return;
  const error = body.startsWith('{') ? (JSON.parse(body) as unknown) : `${status} ${body}`;
  expect(error).toEqual({
    error: {
      code: status,
      message: expect.stringMatching(/^(?!.*(?:Cannot read|is not a function|\[object)).+/s),
      status: expect.any(String),
      errors: [expect.objectContaining({ reason: expect.any(String), message: expect.any(String) })],
    },
  });
}
