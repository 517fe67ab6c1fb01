import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alir } from '../support/alir.ts';
import { cleanUp } from '../support/cleanup.ts';
import { toLine } from './lines.ts';
import { LIMIT_MS, runs } from './runs.ts';
import { awkwardText } from './values.ts';

/** A command line that has not ended by then hangs: it has nothing to talk to. */
const ANSWER_MS = 20_000;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const folder = mkdtempSync(join(tmpdir(), 'alir-fuzz-'));
/** No command finds a cloud, and none that would start one finds a pipeline to start it for. */
const env = {
  ALIR_LEDGER_URL: 'nowhere',
  ALIR_PIPELINES: join(folder, 'none'),
  GOOGLE_CLOUD_PROJECT: 'nowhere',
  NO_COLOR: '1',
};

let ask: (args: readonly string[]) => Promise<Outcome>;
/** The options of each command, as its help lists them. */
const options = new Map<string, string[]>();

beforeAll(async () => {
  const host = spawn(process.execPath, [join(import.meta.dirname, 'command-line-host.ts')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(host, 'close');
  cleanUp(async () => {
    host.stdin.end();
    await closed;
    rmSync(folder, { recursive: true });
  });
  const answers = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
  ask = async (args) => {
    host.stdin.write(`${toLine(args)}\n`);
    const answer = await Promise.race([answers.next(), once(AbortSignal.timeout(ANSWER_MS), 'abort')]);
    if (!('value' in answer) || answer.done) throw new Error(`no answer to: alir ${JSON.stringify(args)}`);
    return JSON.parse(answer.value) as Outcome;
  };
  const help = await ask(['--help']);
  for (const [, name = ''] of help.out.matchAll(/^ {2}([a-z][\w-]*)/gm)) {
    const { out } = await ask([name, '--help']);
    options.set(
      name,
      Array.from(out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm), ([, option = '']) => option),
    );
  }
});

const VALUES = [
  'library',
  'rent',
  'library.rent=5',
  'pubsub=0',
  '1',
  '20',
  'us-central1',
  'US',
  'production',
  'existing',
  'SELECT 1',
  '.',
  '/',
  '/dev/null',
];
const value = fc.oneof(fc.constantFrom(...VALUES), awkwardText).map((text) => text.replaceAll('\0', ''));

/** A command with some of its options and some of others'; `--json` comes first, where it is no value of another. */
function lines(): fc.Arbitrary<string[]> {
  const names = [...options.keys()];
  const known = [...new Set([...options.values()].flat())];
  const own = fc.constantFrom(...names).chain((name) => {
    const ours = options.get(name) ?? [];
    const option = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('--help', ...ours) },
      { weight: 1, arbitrary: fc.constantFrom(...known, '--', '-x', '--=') },
    );
    const setting = fc.oneof(
      fc.tuple(option, value),
      option.map((one) => [one]),
      fc.tuple(option, value).map(([one, text]) => [`${one}=${text}`]),
    );
    return fc
      .tuple(fc.boolean(), fc.array(setting, { maxLength: 3 }), fc.array(value, { maxLength: 2 }))
      .map(([json, settings, rest]) => [
        name,
        ...(json && ours.includes('--json') ? ['--json'] : []),
        ...settings.flat(),
        ...rest,
      ]);
  });
  return fc.oneof({ weight: 9, arbitrary: own }, { weight: 1, arbitrary: fc.array(value, { maxLength: 3 }) });
}

test('knows the commands', () => {
  expect([...options.keys()]).toEqual(
    expect.arrayContaining(['start', 'up', 'run', 'status', 'query', 'check', 'cost']),
  );
  expect(options.get('cost')).toEqual(expect.arrayContaining(['--rows', '--json', '--region']));
});

test(
  'every command line ends with an exit code, and says what is wrong with it',
  async () => {
    const codes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(lines(), async (args) => {
        const { code, out, err } = await ask(args);
        codes.add(code);
        expect([0, 1, 2]).toContain(code);
        expect(`${out}${err}`).not.toMatch(
          /\n {4}at |Cannot read|is not a function|\[object |thrown: |\bundefined\b|\bNaN\b/,
        );
        expect(code === 0 ? err : err.trim() !== '').toBe(code === 0 ? '' : true);
        if (args[1] !== '--json' || args.includes('--help') || args.includes('-h')) return;
        for (const line of out.split('\n').filter((one) => one !== '')) JSON.parse(line);
      }),
      runs(150),
    );
    expect([...codes].sort()).toEqual([0, 1]);
  },
  LIMIT_MS,
);

test.each([
  [['--help']],
  [['check']],
  [['cost', '--json', 'library', '--rows', 'library.rent=5']],
  [['cost', '--region', 'nowhere']],
  [['status', '--limit', '-1']],
  [['start', '--json', '--data', '']],
])('a process of its own does the same: %j', async (args) => {
  const alone = await alir(args, env);
  const steady = (text: string): string => text.replace(/"seconds":[\d.]+/, '').replace(/\d{4}-\d\d-\d\dT\S+/g, '');
  const hosted = await ask(args);
  expect({ code: alone.code, out: steady(alone.stdout), err: alone.stderr }).toEqual({
    ...hosted,
    out: steady(hosted.out),
  });
});
