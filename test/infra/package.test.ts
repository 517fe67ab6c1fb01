import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleFunctions } from '../../infra/package/bundle.ts';
import { type FunctionPackage, packageFunctions } from '../../infra/package/package.ts';
import { accessOf } from '../../pipelines/model/access.ts';
import { type FunctionName, functionNames } from '../../pipelines/model/names.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { cleanUp } from '../support/cleanup.ts';
import { unzip, type ZipEntry } from './unzip.ts';

const root = join(import.meta.dirname, '../..');
const PLANTED = 'planted-in-the-environment';

let packages: ReadonlyMap<FunctionName, FunctionPackage>;
let archives: ReadonlyMap<FunctionName, readonly ZipEntry[]>;
let bundles: Awaited<ReturnType<typeof bundleFunctions>>;

beforeAll(async () => {
  process.env['ALIR_LEDGER_URL'] = `postgres://user:${PLANTED}@127.0.0.1/alir`;
  packages = await packageFunctions({ root, folder: temporaryFolder() });
  archives = new Map([...packages].map(([name, { path }]) => [name, unzip(readFileSync(path))]));
  bundles = await bundleFunctions(root);
}, 120_000);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'alir-package-'));
  cleanUp(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** The sources in another place, all of them as old as Unix. */
function copyOfSources(): string {
  const copy = temporaryFolder();
  for (const name of ['functions', 'infra', 'pipelines', 'schemas', 'package.json', 'package-lock.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' })) utimesSync(join(copy, file), 1, 1);
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Packages a copy in a process of its own. @returns the archives' hashes */
function packageElsewhere(copy: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const script = `
    const { packageFunctions } = await import(${JSON.stringify(join(copy, 'infra/package/package.ts'))});
    const packages = await packageFunctions(${JSON.stringify({ root: copy, folder: temporaryFolder() })});
    console.log(JSON.stringify(Object.fromEntries([...packages].map(([name, { sha256 }]) => [name, sha256]))));`;
  const args = ['--input-type=module', '--eval', script];
  const options = { cwd: '/', env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8', stdio: 'pipe' } as const;
  return JSON.parse(execFileSync(process.execPath, args, options)) as Record<string, string>;
}

const hashes = (): Record<string, string> =>
  Object.fromEntries([...packages].map(([name, { sha256 }]) => [name, sha256]));
const entriesOf = (name: FunctionName): readonly ZipEntry[] => archives.get(name) ?? [];
const isCode = ({ path }: ZipEntry): boolean => path.endsWith('.js');

describe('the same sources', () => {
  test('give the same bytes in another folder, from another folder, in another time zone, with other file times', () => {
    const env = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', HOME: tmpdir() };
    expect(packageElsewhere(copyOfSources(), env)).toEqual(hashes());
  });

  test('give other bytes for the one function that changed', () => {
    const copy = copyOfSources();
    writeFileSync(
      join(copy, 'functions/audit.ts'),
      `${readFileSync(join(copy, 'functions/audit.ts'), 'utf8')}\nglobalThis.name = '';\n`,
    );
    const changed = packageElsewhere(copy);
    expect(functionNames.filter((name) => changed[name] !== hashes()[name])).toEqual(['audit']);
  });

  test('give other bytes for every function where a pipeline changed', () => {
    const copy = copyOfSources();
    cpSync(join(copy, 'pipelines'), join(copy, 'mine'), { recursive: true });
    const pipeline = join(copy, 'mine/library.yaml');
    writeFileSync(pipeline, `# Mine.\n${readFileSync(pipeline, 'utf8')}`);
    const changed = packageElsewhere(copy, { ALIR_PIPELINES: join(copy, 'mine') });
    expect(functionNames.filter((name) => changed[name] === hashes()[name])).toEqual([]);
  });
});

describe('an archive', () => {
  test('says of each file nothing but its path, its content and that it may be read', () => {
    const said = [...archives.values()]
      .flat()
      .map(({ modified, mode, extraBytes }) => ({ modified, mode, extraBytes }));
    const noon1980 = (((1 << 5) | 1) << 16) | (12 << 11);
    expect(new Set(said.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ modified: noon1980, mode: 0o100644, extraBytes: 0 })]),
    );
  });

  test.each(functionNames)('%s: holds what its code reads, and nothing else beside the code', (name) => {
    const { pipelines, contracts } = readCatalog();
    expect(
      entriesOf(name)
        .filter((entry) => !isCode(entry))
        .map(({ path }) => path),
    ).toEqual(
      [
        ...(name === 'generate' ? ['functions/generators/library.sql'] : []),
        ...readdirSync(join(root, 'functions/ledger/migrations')).map((file) => `functions/ledger/migrations/${file}`),
        'package-lock.json',
        'package.json',
        ...pipelines.map(({ pipeline }) => `pipelines/${pipeline}.yaml`),
        ...[...contracts.keys()].map((id) => `schemas/${id}.avsc`),
      ].sort(),
    );
  });

  test.each(functionNames)('%s: holds no code that nothing imports', (name) => {
    const code = entriesOf(name).filter(isCode);
    const imported = ({ path }: ZipEntry): boolean => code.some(({ content }) => content.includes(`"./${path}"`));
    expect(code.filter((entry) => !imported(entry)).map(({ path }) => path)).toEqual(['index.js']);
  });

  test.each(functionNames)('%s: holds no test, no path of this machine and nothing of its environment', (name) => {
    const modules = bundles.get(name)?.modules ?? [];
    expect(modules).toContain(`functions/${name}.ts`);
    expect(modules.filter((path) => /^(?!functions\/|pipelines\/|schemas\/|node_modules\/)/.test(path))).toEqual([]);
    // A package may have a file with the name of a home: what stands before tells a path from a part of one.
    const words = [root, homedir(), tmpdir(), PLANTED].map((word) => word.replaceAll(/[^\w/]/g, '\\$&'));
    const forbidden = new RegExp(`(?<![\\w.-])(?:${words.join('|')})`);
    for (const { path, content } of entriesOf(name))
      expect([path, forbidden.exec(content.toString())]).toEqual([path, null]);
  });
});

describe('the clients of Google in a bundle', () => {
  test.each(functionNames)('%s: those for what it may touch, and no other', (name) => {
    const access = accessOf(name, readCatalog(), { name: 'test', projectId: 'p', datasetPrefix: '' });
    const clients = ['bigquery', 'pubsub', 'scheduler', 'storage'].filter((client) =>
      bundles.get(name)?.modules.some((path) => path.startsWith(`node_modules/@google-cloud/${client}/`)),
    );
    const may = [
      ...(access.datasets.length > 0 || access.runsJobs ? ['bigquery'] : []),
      ...(access.publishes.length > 0 ? ['pubsub'] : []),
      ...(access.buckets.length > 0 ? ['storage'] : []),
    ];
    expect(clients).toEqual(may);
  });

  test.each(functionNames)('%s: come when they are needed; the import loads none', (name) => {
    const code = new Map(entriesOf(name).map(({ path, content }) => [path, content.toString()]));
    const loaded = new Set(['index.js']);
    for (const path of loaded) {
      for (const [, next = ''] of code.get(path)?.matchAll(/(?:from|import)"\.\/([^"]+)"/g) ?? []) loaded.add(next);
    }
    const clients = [...code.keys()].filter((path) => /^(?:bigquery|pubsub|storage)-/.test(path));
    expect(clients).toContainEqual(expect.stringMatching(/^pubsub-/));
    expect(clients.filter((path) => loaded.has(path))).toEqual([]);
    expect(loaded.size).toBeGreaterThan(1);
  });
});

test('a module that reads files beside itself, unknown to the packaging, is named', async () => {
  const copy = copyOfSources();
  const file = join(copy, 'functions/merge.ts');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nglobalThis.name = import.meta.dirname;\n`);
  await expect(packageFunctions({ root: copy, folder: temporaryFolder() })).rejects.toThrow(
    'functions/merge.ts uses import.meta.dirname',
  );
});

test('the manifest says what Cloud Build needs to know, and has no script that it would run', () => {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const framework = '@google-cloud/functions-framework';
  for (const [name, entries] of archives) {
    const manifest = entries.find(({ path }) => path === 'package.json');
    expect(JSON.parse(manifest?.content.toString() ?? '')).toEqual({
      name: `alir-${name}`,
      version: expect.any(String),
      license: 'Apache-2.0',
      private: true,
      type: 'module',
      main: 'index.js',
      dependencies: { [framework]: own.dependencies[framework] },
      engines: { node: '24.x' },
    });
  }
});

test('the lock is one that npm installs from', () => {
  const folder = temporaryFolder();
  for (const { path, content } of entriesOf('notify').filter(({ path }) => path.startsWith('package'))) {
    writeFileSync(join(folder, path), content);
  }
  // npm hands its own settings on to what it runs, and this test may be run by it.
  const env = { PATH: process.env['PATH'], HOME: folder };
  const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  expect(execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8' })).toMatch(
    /add @google-cloud\/functions-framework /,
  );
});
