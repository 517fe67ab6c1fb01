import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { deploy, environment, runStack } from './deploy.ts';
import { answerAsGoogle, functionUrl } from './monitor/answers.ts';
import { before, ofType, type Resource } from './monitor/graph.ts';
import type { State } from './monitor/monitor.ts';
import { runProgram, type RunOptions } from './monitor/run.ts';
import { isSecret, UNKNOWN } from './monitor/wire.ts';

// A run of the program takes seconds, and many of them on a machine that has other things to do.
jest.setTimeout(180_000);

const noError = expect.not.stringMatching(/error/i) as unknown;

describe("Pulumi's launcher", () => {
  test('runs the program as it stands, and shows its outputs', async () => {
    const { log, outputs } = await deploy();
    expect(log).toEqual(noError);
    expect(outputs['functionUrls']).toHaveProperty('alir-prod-extract', functionUrl('alir-prod-extract'));
  });

  test('needs nothing in a preview that only a deployment can know', async () => {
    const [preview, up] = [await deploy({ preview: true }), await deploy()];
    expect(preview.log).toEqual(noError);
    expect(urns(preview.resources)).toEqual(urns(up.resources));
    for (const { inputs } of ofType(preview, 'Subscription')) expect(inputs['topic']).toBe(UNKNOWN);
  });

  test('stops at a function without a URL, by name', async () => {
    const google = answerAsGoogle({ project: environment.projectId, region: environment.region, projectNumber: '1' });
    const answer = (resource: Resource): State => {
      const state = google(resource);
      return resource.type.endsWith(':Function') ? { ...state, outputs: {} } : state;
    };
    const { code, log } = await runStack({ answer });
    expect(code).not.toBe(0);
    expect(log).toMatch(/Cloud Run gave alir-prod-\w+ no URL/);
  });
});

describe('the monitor', () => {
  const example: RunOptions = {
    stack: 'dev',
    program: join(import.meta.dirname, 'monitor/example/index.ts'),
    config: { 'gcp:project': 'p', 'gcp:region': 'europe-west1', 'alir:key': 'hidden' },
    secretKeys: ['alir:key'],
  };
  const urn = (type: string, name: string): string => `urn:pulumi:dev::alir::${type}::${name}`;
  const stack = urn('pulumi:pulumi:Stack', 'alir-dev');
  const post = urn('example:index:Post', 'post');
  const topic = urn('example:index:Post$gcp:pubsub/topic:Topic', 'post-topic');
  const secret = urn('gcp:secretmanager/secret:Secret', 'key');
  const version = urn('gcp:secretmanager/secretVersion:SecretVersion', 'key');

  test('records parents, protection, and dependencies with and without an input', async () => {
    const run = await runProgram(example);
    const byUrn = Object.fromEntries(run.resources.map((resource) => [resource.urn, resource]));
    expect(Object.keys(byUrn).sort()).toEqual([post, topic, secret, version].sort());
    expect(byUrn[post]).toMatchObject({ custom: false, parent: stack, type: 'example:index:Post' });
    expect(byUrn[topic]).toMatchObject({ custom: true, parent: post, protect: true, type: 'pubsub/topic:Topic' });
    expect(byUrn[version]).toMatchObject({ parent: stack, protect: false, ignoreChanges: ['enabled'] });
    // Who depends on a component depends on what is in it.
    expect(byUrn[version]?.dependencies).toEqual(expect.arrayContaining([secret, topic]));
    expect(byUrn[version]?.propertyDependencies).toEqual({ secret: [secret], secretData: [] });
    expect(before(run, byUrn[version] as Resource)).toEqual(new Set(byUrn[version]?.dependencies));
    expect(run.componentOutputs.get(post)).toEqual({ address: 'projects/p/topics/post' });
  });

  test('answers as Google would', async () => {
    const { outputs } = await runProgram(example);
    expect(outputs).toMatchObject({ topic: 'projects/p/topics/post', keyVersion: '3' });
  });

  test('what was secret as input is so as output, though Google answers it in clear', async () => {
    const { outputs } = await runProgram({ ...example, answer: ({ inputs }) => ({ id: 'id', outputs: inputs }) });
    expect(isSecret(outputs['key']) && outputs['key'].value).toBe('hidden');
  });

  test('knows in a preview what the program says, and nothing that Google would', async () => {
    const { resources, outputs } = await runProgram({ ...example, preview: true });
    expect(resources.find((one) => one.urn === version)?.inputs['secret']).toBe(UNKNOWN);
    expect(outputs).toMatchObject({ topic: UNKNOWN, keyVersion: UNKNOWN });
  });

  test('hands a resource on with its secrets, after all that it depends on', async () => {
    const seen: Resource[] = [];
    await runProgram({
      ...example,
      answer: (resource) => {
        seen.push(resource);
        return { id: `${resource.name}-made`, outputs: {} };
      },
    });
    expect(urns(seen)).toEqual([secret, topic, version].sort());
    expect(seen.at(-1)?.inputs).toMatchObject({ secret: 'key-made', secretData: 'hidden' });
  });

  test.each([
    ['a second resource of the same name', { 'alir:twice': 'true' }, `Duplicate resource URN '${secret}'`],
    ['a question that the plan should answer', { 'alir:ask': 'true' }, 'the program asks Google for gcp:organizations'],
  ])('refuses %s', async (_what, config, message) => {
    const { code, log } = await runProgram({ ...example, config: { ...example.config, ...config } });
    expect(code).not.toBe(0);
    expect(log).toContain(message);
  });

  test("fails the program with the provider's error", async () => {
    const answer = (): never => {
      throw new Error('quota exceeded');
    };
    const { code, log } = await runProgram({ ...example, answer });
    expect(code).not.toBe(0);
    expect(log).toMatch(/(?:key|post-topic): quota exceeded/);
  });
});

function urns(resources: readonly Resource[]): string[] {
  return resources.map(({ urn }) => urn).sort();
}
