import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { functionNames } from '../../pipelines/model/names.ts';
import { cleanUp } from '../support/cleanup.ts';
import { unzip } from './unzip.ts';

const program = join(import.meta.dirname, '../../infra/package/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'alir-package-'));
cleanUp(() => {
  rmSync(folder, { recursive: true });
});

interface Finished {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, run in a folder of its own. */
async function packageCommand(...args: string[]): Promise<Finished> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test('writes the archives and says how large they are and how long they take to import', async () => {
  const { code, stdout, stderr } = await packageCommand('--max-import-ms', '60000', '--processes', '1', '--json');
  expect([code, stderr]).toEqual([0, '']);
  const { functions, ...about } = JSON.parse(stdout) as { functions: Record<string, unknown>[] };
  expect(about).toEqual({
    node: process.version,
    machine: expect.stringMatching(/^\d+ × ./),
    load: expect.any(Number),
    maxImportMs: 60_000,
  });
  expect(functions.map(({ name }) => name)).toEqual(functionNames);
  for (const { name, path, sha256, bytes, unpackedBytes, importMs } of functions) {
    const archive = readFileSync(join(folder, 'dist', `${String(name)}.zip`));
    const unpacked = unzip(archive).reduce((sum, { content }) => sum + content.length, 0);
    expect([path, bytes, unpackedBytes]).toEqual([`dist/${String(name)}.zip`, archive.length, unpacked]);
    expect(sha256).toBe(createHash('sha256').update(archive).digest('hex'));
    expect(importMs).toBeGreaterThan(0);
  }
});

test('fails when an import takes longer than it may, and names the functions', async () => {
  const { code, stdout, stderr } = await packageCommand(
    '--max-import-ms',
    '0',
    '--processes',
    '1',
    '--out',
    'elsewhere',
  );
  expect(code).toBe(1);
  for (const name of functionNames) {
    expect(stdout).toMatch(
      new RegExp(`^${name} .* KiB, unpacked .* KiB, import +\\d+ ms +elsewhere/${name}.zip$`, 'm'),
    );
    expect(stderr).toMatch(new RegExp(`^${name}: the import takes \\d+ ms, and may take 0 \\(--max-import-ms\\)`, 'm'));
  }
});

test.each([
  [['--max-import-ms', 'soon'], '--max-import-ms is "soon": must be a number of 0 or more'],
  [['--processes', '0'], '--processes is "0": must be a number of 1 or more'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j', async (args, message) => {
  const { code, stderr } = await packageCommand(...args);
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});
