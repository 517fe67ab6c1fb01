import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { beforeAll, expect, test } from '@jest/globals';
import { packageFunctions } from '../../infra/package/package.ts';
import { type FunctionName, functionNames, stages, topicName } from '../../pipelines/model/names.ts';
import { applyPubSub } from '../../scripts/provision/pubsub.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';
import { unzip } from './unzip.ts';

const root = join(import.meta.dirname, '../..');

/** What Cloud Build makes of the archives: the files, and the packages that their locks name. */
const folder = mkdtempSync(join(tmpdir(), 'alir-served-'));
cleanUp(() => {
  rmSync(folder, { recursive: true });
});

let cloud: TestCloud;
/** What the functions of this repository say, which the cloud serves as well and nobody is to call. */
const saidBySources: string[] = [];

beforeAll(async () => {
  const packages = await packageFunctions({ root, folder: join(folder, 'archives') });
  for (const [name, { path }] of packages) unpack(readFileSync(path), join(folder, name));
  install('notify');
  cloud = await startTestCloud({ onFunctionLog: (line) => saidBySources.push(line) });
  const urls = new Map(await Promise.all(functionNames.map(async (name) => [name, await serve(name)] as const)));
  await applyPubSub(cloud.plan, (name) => {
    const entryPoint = cloud.plan.functions.find((one) => one.name === name)?.entryPoint;
    return (entryPoint && urls.get(entryPoint)) ?? '';
  });
}, 120_000);

function unpack(archive: Buffer, into: string): void {
  for (const { path, content } of unzip(archive)) {
    mkdirSync(dirname(join(into, path)), { recursive: true });
    writeFileSync(join(into, path), content);
  }
}

/** Copies the packages of one archive's lock, each without the packages inside it, where all archives find them. */
function install(name: FunctionName): void {
  const lock = JSON.parse(readFileSync(join(folder, name, 'package-lock.json'), 'utf8')) as { packages: object };
  for (const path of Object.keys(lock.packages).filter((path) => path !== '')) {
    const inside = join(root, path, 'node_modules');
    const filter = (source: string): boolean => source !== inside && !source.startsWith(inside + sep);
    cpSync(join(root, path), join(folder, path), { recursive: true, filter });
  }
  mkdirSync(join(folder, 'node_modules/.bin'));
  const program = '../@google-cloud/functions-framework/build/src/main.js';
  symlinkSync(program, join(folder, 'node_modules/.bin/functions-framework'));
}

/** Serves a function as Cloud Run's container does, with the variables that Google sets. @returns its URL */
async function serve(name: FunctionName): Promise<string> {
  const port = await freePort();
  const variables = { PORT: String(port), FUNCTION_TARGET: name, FUNCTION_SIGNATURE_TYPE: 'cloudevent' };
  const child = spawn(process.execPath, ['../node_modules/.bin/functions-framework'], {
    cwd: join(folder, name),
    env: { ...cloud.env, ...variables, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  cleanUp(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  await until(`${name} to serve`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said}`);
    return await fetch(url, { method: 'OPTIONS' }).catch(() => undefined);
  });
  return url;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('functions from their archives do the whole work, with the packages of their locks alone', async () => {
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
  for (const table of libraryTables) {
    const rows = await finalRows(cloud, table);
    expect(rows).toEqual(await sourceRows(cloud, table));
    expect(rows.length).toBeGreaterThan(0);
  }
});

test('each passes on a message that is none, and notify keeps it', async () => {
  const client = new PubSub({ projectId: cloud.plan.environment.projectId });
  for (const stage of stages) {
    await client.topic(topicName(cloud.plan.environment.name, stage)).publishMessage({ data: Buffer.from(stage) });
  }
  await client.close();
  const kept = await until('the dead letters', async () => {
    const sql = `select convert_from(body, 'utf8') as body, attributes ->> 'alirCode' as code from dead_letter order by body`;
    const { rows } = await cloud.services.ledger.query(sql);
    return rows.length === stages.length ? rows : undefined;
  });
  expect(kept).toEqual(stages.toSorted().map((stage) => ({ body: stage, code: 'MESSAGE_MALFORMED' })));
});

test('and nothing of that was done by the sources', () => {
  expect(saidBySources).toEqual([]);
});

test('every function needs the same packages, which were installed once', () => {
  const locks = functionNames.map((name) => readFileSync(join(folder, name, 'package-lock.json'), 'utf8'));
  expect(new Set(locks.map((lock, index) => lock.replaceAll(`alir-${functionNames[index] ?? ''}`, 'alir'))).size).toBe(
    1,
  );
});
