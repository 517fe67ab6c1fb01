import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import grpc from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { loadService } from '../../../emulators/kit/grpc.ts';
import { type Program, startProgram } from '../../emulators/kit/program.ts';
import { mutated } from '../mutations.ts';
import { LIMIT_MS, runs } from '../runs.ts';
import { grpcTargets } from './grpc-targets.ts';

/** A method that has not answered by then hangs; a pull waits for as long as its caller. */
const ANSWER_MS = 20_000;
const PULL_MS = 200;

interface Call {
  /** As HTTP/2 has it: `/package.Service/Method`. */
  readonly path: string;
  readonly streams: boolean;
  readonly bytes: Buffer;
}

describe.each(grpcTargets)('$name', ({ name, variable, protos, services, setup, samples }) => {
  let program: Program;
  let client: grpc.Client;
  beforeAll(async () => {
    program = await startProgram(`emulators/${name}/main.ts`);
    client = new grpc.Client(program.ready.env[variable] ?? '', grpc.credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await program[Symbol.asyncDispose]();
  });

  const definitions = services.map((service): ServiceDefinition => loadService(protos, service));
  const methods = Object.assign({}, ...definitions) as Record<string, MethodDefinition<object, object>>;
  const methodOf = (method: string): MethodDefinition<object, object> => {
    const found = methods[method];
    if (!found) throw new Error(`${name} has no method ${method}`);
    return found;
  };
  const call = (method: string, request: object): Call =>
    callOf(methodOf(method), methodOf(method).requestSerialize(request));

  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
  const calls: fc.Arbitrary<Call> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom(...samples).chain(([method, request]) => spoilt(methodOf(method), request)),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...Object.values(methods)), bytes).map((one) => callOf(...one)) },
  );

  test('answers its samples', async () => {
    for (const [method, request] of [...setup, ...samples]) {
      const { code, details } = await answerOf(client, call(method, request));
      expect([method, code, details]).not.toEqual([method, grpc.status.INTERNAL, expect.anything()]);
      expect([method, code, details]).not.toEqual([method, grpc.status.UNIMPLEMENTED, expect.anything()]);
    }
  });

  test(
    'answers whatever it is called with, as Google would or that it cannot',
    async () => {
      await fc.assert(
        fc.asyncProperty(calls, async (one) => {
          const { code, details } = await answerOf(client, one);
          if (program.child.exitCode !== null) throw new Error(`it died: ${(await program.ended).stderr}`);
          // Bytes that are no message are refused by the gRPC library itself.
          if (!details.startsWith('Error deserializing request')) {
            expect([grpc.status.INTERNAL, grpc.status.UNKNOWN, grpc.status.UNAVAILABLE]).not.toContain(code);
          }
          expect(details).not.toMatch(/Cannot read|is not a function|\n {4}at /);
          for (const [method, request] of setup) await answerOf(client, call(method, request));
        }),
        runs(200),
      );
    },
    LIMIT_MS,
  );

  test('still does its work, and ends when it is told to', async () => {
    for (const [method, request] of setup) {
      const { code, details } = await answerOf(client, call(method, request));
      if (code !== grpc.status.ALREADY_EXISTS) expect({ code, details }).toEqual({ code: grpc.status.OK, details: '' });
    }
    program.child.kill('SIGTERM');
    await expect(program.ended).resolves.toMatchObject({ code: 0 });
  });
});

/** A message of which some fields are others; what protobuf cannot write is cut from what it can. */
function spoilt(method: MethodDefinition<object, object>, request: object): fc.Arbitrary<Call> {
  const good = method.requestSerialize(request);
  return fc.tuple(mutated(request), fc.nat({ max: good.length })).map(([changed, length]) => {
    try {
      return callOf(method, method.requestSerialize(changed as object));
    } catch {
      return callOf(method, good.subarray(0, length));
    }
  });
}

function callOf({ path, requestStream }: MethodDefinition<object, object>, bytes: Buffer): Call {
  return { path, streams: requestStream, bytes };
}

async function answerOf(
  client: grpc.Client,
  { path, streams, bytes }: Call,
): Promise<{ code: grpc.status; details: string }> {
  const waits = path.endsWith('/Pull') || streams;
  const deadline = Date.now() + (waits ? PULL_MS : ANSWER_MS);
  const serialize = (sent: Buffer): Buffer => sent;
  return await new Promise((resolve) => {
    if (streams) {
      const stream = client.makeBidiStreamRequest(path, serialize, serialize, new grpc.Metadata(), { deadline });
      stream.on('data', () => undefined).on('error', () => undefined);
      stream.on('status', (status: grpc.StatusObject) => {
        resolve(settled(status));
      });
      stream.write(bytes);
      return;
    }
    client.makeUnaryRequest(path, serialize, serialize, bytes, new grpc.Metadata(), { deadline }, (error) => {
      resolve(error ? settled(error) : { code: grpc.status.OK, details: '' });
    });
  });

  function settled({ code, details }: { code: grpc.status; details: string }): { code: grpc.status; details: string } {
    if (code !== grpc.status.DEADLINE_EXCEEDED || waits) return { code, details };
    return { code: grpc.status.UNKNOWN, details: `${path} hangs` };
  }
}
