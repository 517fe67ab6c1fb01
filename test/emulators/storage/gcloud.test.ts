import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Fixture, patterned, PROJECT, startFixture } from './support.ts';

const TIMEOUT_MS = 120_000;

let folder: string;
let fixture: Fixture;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-gcloud-'));
  fixture = await startFixture();
});
afterAll(async () => {
  await fixture.stop();
  await rm(folder, { recursive: true });
});

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((path) => {
    try {
      accessSync(join(path, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function run(program: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    CLOUDSDK_CONFIG: join(folder, 'config'),
    CLOUDSDK_CORE_PROJECT: PROJECT,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${fixture.host}/storage/v1/`,
    BOTO_CONFIG: '/dev/null',
  };
  const { stdout } = await promisify(execFile)(program, args, { env, encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

const withGcloud = isInstalled('gcloud') ? test : test.skip;
const withGsutil = isInstalled('gcloud') && isInstalled('gsutil') ? test : test.skip;

withGcloud(
  'gcloud storage makes a bucket, copies both ways, lists and deletes (skipped where gcloud is not installed)',
  async () => {
    // gcloud sends files of 8 MiB and more as resumable uploads, smaller ones as multipart.
    const files = { 'small.bin': patterned(1000), 'large.bin': patterned(9 * 1024 * 1024) };
    await run('gcloud', 'storage', 'buckets', 'create', 'gs://from-gcloud');
    const paths = Object.keys(files).map((name) => join(folder, name));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    await run('gcloud', 'storage', 'cp', ...paths, 'gs://from-gcloud/dir/');
    await mkdir(join(folder, 'back'));
    await run('gcloud', 'storage', 'cp', 'gs://from-gcloud/dir/*', join(folder, 'back'));
    for (const [name, bytes] of Object.entries(files)) {
      expect((await readFile(join(folder, 'back', name))).equals(bytes)).toBe(true);
    }
    expect((await run('gcloud', 'storage', 'ls', 'gs://from-gcloud/**')).trim().split('\n')).toEqual([
      'gs://from-gcloud/dir/large.bin',
      'gs://from-gcloud/dir/small.bin',
    ]);
    await run('gcloud', 'storage', 'rm', '-r', 'gs://from-gcloud');
    expect((await fixture.storage.bucket('from-gcloud').exists())[0]).toBe(false);
  },
  TIMEOUT_MS,
);

withGsutil(
  'gsutil copies and lists through gcloud storage (skipped where they are not installed)',
  async () => {
    const bucket = await fixture.newBucket();
    const path = join(folder, 'by-gsutil.txt');
    await writeFile(path, 'hello');
    const shim = ['-o', 'GSUtil:use_gcloud_storage=True', '-o', `GSUtil:state_dir=${folder}`];
    await run('gsutil', ...shim, 'cp', path, `gs://${bucket.name}/by-gsutil.txt`);
    expect((await run('gsutil', ...shim, 'ls', `gs://${bucket.name}`)).trim()).toBe(
      `gs://${bucket.name}/by-gsutil.txt`,
    );
    expect((await bucket.file('by-gsutil.txt').download())[0].toString()).toBe('hello');
  },
  TIMEOUT_MS,
);
