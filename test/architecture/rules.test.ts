import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cruise, root, rooms, type Violation } from './cruise.ts';

/** Made-up imports, and the rule that each of them breaks; `undefined` where it is allowed. */
const IMPORTS: readonly (readonly [from: string, to: string, rule: string | undefined])[] = [
  ['schemas/a.ts', 'pipelines/model/x.ts', 'schemas-imports'],
  ['schemas/b.ts', 'functions/x.ts', 'schemas-imports'],
  ['pipelines/model/a.ts', 'schemas/x.ts', undefined],
  ['pipelines/model/b.ts', 'functions/x.ts', 'pipelines-imports'],
  ['pipelines/model/c.ts', 'scripts/x.ts', 'pipelines-imports'],
  ['functions/a.ts', 'pipelines/model/x.ts', undefined],
  ['functions/b.ts', 'schemas/x.ts', undefined],
  ['functions/sources/c.ts', 'functions/runtime/x.ts', undefined],
  ['functions/d.ts', 'emulators/kit/x.ts', 'functions-imports'],
  ['functions/e.ts', 'scripts/x.ts', 'functions-imports'],
  ['functions/f.ts', 'infra/x.ts', 'functions-imports'],
  ['functions/g.ts', 'test/support/x.ts', 'functions-imports'],
  ['infra/a.ts', 'pipelines/model/x.ts', undefined],
  ['infra/b.ts', 'functions/x.ts', 'infra-imports'],
  ['infra/c.ts', 'emulators/kit/x.ts', 'infra-imports'],
  ['emulators/pubsub/a.ts', 'emulators/kit/x.ts', undefined],
  ['emulators/pubsub/b.ts', 'emulators/pubsub/deep/x.ts', undefined],
  ['emulators/pubsub/c.ts', 'emulators/storage/x.ts', 'emulators-are-strangers'],
  ['emulators/kit/d.ts', 'emulators/pubsub/x.ts', 'kit-knows-no-emulator'],
  ['emulators/pubsub/e.ts', 'functions/x.ts', 'emulators-imports'],
  ['emulators/pubsub/f.ts', 'pipelines/model/x.ts', 'emulators-imports'],
  ['scripts/commands/a.ts', 'functions/x.ts', undefined],
  ['scripts/up/b.ts', 'emulators/kit/x.ts', undefined],
  ['scripts/commands/c.ts', 'emulators/kit/x.ts', 'emulators-only-from-up'],
  ['scripts/provision/d.ts', 'emulators/pubsub/x.ts', 'emulators-only-from-up'],
  ['scripts/commands/e.ts', 'infra/x.ts', 'scripts-imports'],
  ['scripts/commands/f.ts', 'test/support/x.ts', 'scripts-imports'],
  ['test/unit/a.ts', 'emulators/pubsub/x.ts', undefined],
  ['test/unit/b.ts', 'functions/x.ts', undefined],
  ['functions/h.ts', 'functions/absent.ts', 'no-unresolved'],
  ['functions/i.ts', '@google-cloud/storage', 'google-clients-in-gcp-only'],
  ['functions/sources/j.ts', '@google-cloud/bigquery', 'google-clients-in-gcp-only'],
  ['functions/gcp/k.ts', '@google-cloud/storage', undefined],
  ['functions/gcp/serve.ts', '@google-cloud/functions-framework', undefined],
  ['functions/index.ts', '@google-cloud/functions-framework', 'google-clients-in-gcp-only'],
  ['emulators/storage/g.ts', '@google-cloud/storage', 'emulators-are-not-clients'],
  ['functions/l.ts', '@grpc/grpc-js', 'no-dev-packages-in-production'],
  ['pipelines/model/m.ts', 'prettier', 'no-dev-packages-in-production'],
  ['pipelines/model/n.ts', 'zod', undefined],
];

let folder: string;
let violations: readonly Violation[];

const isPackage = (to: string): boolean => !rooms.includes(to.split('/')[0] ?? '');

function write(file: string, text: string): void {
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-rules-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.json']) symlinkSync(join(root, file), join(folder, file));
  for (const [, to] of IMPORTS) if (!isPackage(to) && !to.includes('absent')) write(to, 'export type X = 1;\n');
  for (const [from, to] of IMPORTS) {
    const path = isPackage(to) ? to : relative(dirname(from), to);
    // Types count too: what a room knows of another binds it, whether or not anything is left of it at run time.
    const what = isPackage(to)
      ? `import '${path}';`
      : `import type { X } from '${path.startsWith('.') ? path : `./${path}`}';\nexport type Y = X;`;
    write(from, `${what}\n`);
  }
  write('pipelines/model/ring1.ts', "import './ring2.ts';\n");
  write('pipelines/model/ring2.ts', "import './ring1.ts';\n");
  violations = cruise(folder, rooms).violations;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the rules bite', () => {
  test.each(IMPORTS)('%s → %s: %s', (from, to, rule) => {
    const broken = violations.filter((violation) => violation.from === from).map((violation) => violation.rule.name);
    if (rule === undefined) expect(broken).toEqual([]);
    else expect(broken).toContain(rule);
  });

  test('a ring of imports is found', () => {
    const rings = violations.filter(({ rule }) => rule.name === 'no-cycles').map(({ from }) => from);
    expect(rings).toContain('pipelines/model/ring1.ts');
  });

  test('and no rule is without an import that breaks it', () => {
    const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };
    const tried = new Set([...IMPORTS.map(([, , rule]) => rule), 'no-cycles']);
    expect(config.forbidden.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });
});
