import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { start } from '../../../emulators/pubsub/index.ts';
import type { Case } from './conformance/case.ts';
import { messages } from './conformance/messages.ts';
import { findOfficial, startOfficial } from './conformance/official.ts';
import { avroMessages } from './conformance/avro.ts';
import { schemas } from './conformance/schemas.ts';
import { subscriptions } from './conformance/subscriptions.ts';
import { topics } from './conformance/topics.ts';
import { grpcTransport, restTransport, type Transport } from './conformance/transports.ts';
import type { Json } from './harness.ts';

type Target = () => Promise<{ readonly host: string; readonly stop: () => Promise<void> }>;

let runs = 0;

/** Runs one case in a project of its own, so that cases share an emulator and nothing else. */
async function runCase({ steps }: Case, transport: Transport, checkTexts: boolean): Promise<void> {
  const project = `projects/case-${(runs += 1)}`;
  let ackIds: unknown = [];
  for (const [index, [method, given, expected]] of steps.entries()) {
    const request = inProject(given, project) as Json;
    const outcome = await transport.invoke(method, request['ackIds'] === '$ackIds' ? { ...request, ackIds } : request);
    const step = `step ${index}, ${method}`;
    const error = 'error' in outcome ? outcome.error : undefined;
    expect({ step, error, outcome }).toEqual({ step, error: expected['error'], outcome });
    if ('error' in outcome) {
      const text = inProject(expected['text'], project);
      if (checkTexts && text !== undefined) expect({ step, text: outcome.message }).toEqual({ step, text });
    } else {
      expectSubset(outcome.answer, inProject(expected, project), step);
      const received = outcome.answer['receivedMessages'] as { ackId: string }[] | undefined;
      if (received) ackIds = received.map(({ ackId }) => ackId);
    }
  }
}

/** `expected` holds a part of the answer; `undefined` there is a field that must be absent or empty. */
function expectSubset(answer: unknown, expected: unknown, place: string): void {
  if (expected === undefined) {
    const empty = answer === undefined || Object.keys(answer as object).length === 0;
    expect({ place, empty, answer }).toEqual({ place, empty: true, answer });
  } else if (typeof expected === 'object' && expected !== null) {
    if (Array.isArray(expected)) expect(answer).toHaveLength(expected.length);
    expect({ place, type: typeof answer }).toEqual({ place, type: 'object' });
    for (const [key, value] of Object.entries(expected)) {
      expectSubset((answer as Record<string, unknown>)[key], value, `${place}.${key}`);
    }
  } else {
    expect({ place, answer }).toEqual({ place, answer: expected });
  }
}

/** Puts the case's project in the place of `P`. */
function inProject(value: unknown, project: string): unknown {
  if (typeof value === 'string') return value.replace(/(^|=)P(?=\/|$)/, `$1${project}`);
  if (Array.isArray(value)) return value.map((item) => inProject(item, project));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, inProject(field, project)]));
}

function conformance(name: string, target: Target, options: { readonly official: boolean }): void {
  describe(name, () => {
    let server: Awaited<ReturnType<Target>>;
    let transports: Record<'gRPC' | 'REST', Transport>;
    beforeAll(async () => {
      server = await target();
      transports = { gRPC: await grpcTransport(server.host), REST: restTransport(server.host) };
    });
    afterAll(async () => {
      await transports.gRPC.close();
      await server.stop();
    });
    for (const kind of ['gRPC', 'REST'] as const) {
      for (const each of [...topics, ...subscriptions, ...messages, ...schemas, ...avroMessages]) {
        const skipped = options.official ? each.officialDiffers : undefined;
        const title = `${kind}: ${each.name}${skipped === undefined ? '' : ` (it differs: ${skipped})`}`;
        (skipped === undefined ? test : test.skip)(title, async () => {
          await runCase(each, transports[kind], !options.official);
        });
      }
    }
  });
}

conformance(
  'our emulator',
  async () => {
    const emulator = await start();
    return {
      host: emulator.env['PUBSUB_EMULATOR_HOST'] ?? '',
      stop: async () => {
        await emulator.stop();
      },
    };
  },
  { official: false },
);

const official = findOfficial();
if ('program' in official) {
  conformance('the official emulator', async () => await startOfficial(official.program), { official: true });
} else {
  process.stderr.write(`the official Pub/Sub emulator is not asked for a second opinion: ${official.missing}\n`);
  test.todo(`a second opinion of the official emulator: ${official.missing}`);
}
