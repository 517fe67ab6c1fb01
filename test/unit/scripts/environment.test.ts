import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publishEnvFile } from '../../../scripts/commands/environment.ts';
import { startPart } from '../../../scripts/up/part.ts';
import { parseEnvFile } from '../../../scripts/up/variables.ts';
import { alir } from '../../support/alir.ts';
import { until } from '../../support/until.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-environment-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the env file of a cloud', () => {
  test('is for its user alone, for it holds passwords, and goes with the cloud', () => {
    const file = join(folder, 'deep/env');
    const unpublish = publishEnvFile(file, { A: '1' });
    expect(parseEnvFile(readFileSync(file, 'utf8'))).toEqual({ A: '1', ALIR_CLOUD_PID: String(process.pid) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    unpublish();
    expect(existsSync(file)).toBe(false);
    unpublish();
  });

  test('stays when another cloud has put its own there', () => {
    const file = join(folder, 'env');
    const unpublish = publishEnvFile(file, { A: '1' });
    const unpublishOther = publishEnvFile(file, { A: '2' });
    unpublish();
    expect(parseEnvFile(readFileSync(file, 'utf8'))).toEqual({ A: '2', ALIR_CLOUD_PID: String(process.pid) });
    unpublishOther();
  });
});

describe('a command that talks to a cloud', () => {
  test('is told when the cloud has ended, and does not wait for it', async () => {
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const { code, stderr } = await alir(['status'], {
      ALIR_LEDGER_URL: 'postgres://nobody',
      ALIR_CLOUD_PID: String(ended),
    });
    expect(stderr).toBe(
      `the local cloud of process ${ended} has ended; start one with ./emulator.sh, and source its env file anew\n`,
    );
    expect(code).toBe(1);
  });
});

describe('a part of the cloud', () => {
  const start = async (name: string, program: string): ReturnType<typeof startPart> => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, program);
    return await startPart({ name, file, env: { GIVEN: 'yes' }, logFile: join(folder, `${name}.log`) });
  };
  const serve = `console.log(JSON.stringify({ ready: 'x', env: { FOUND: process.env.GIVEN } })); setInterval(() => {}, 1000);`;

  test('announces its variables when it serves, and ends when it is told to', async () => {
    const part = await start('good', serve);
    expect(part).toMatchObject({ name: 'good', env: { FOUND: 'yes' } });
    await part.stop();
    await part.stop();
    expect(() => process.kill(part.pid, 0)).toThrow('ESRCH');
  });

  test('that does not come up says its last words', async () => {
    await expect(start('broken', `console.error('no port'); process.exit(3);`)).rejects.toThrow(
      'broken ended (exit code 3): no port',
    );
  });

  test('that says nothing is said to have', async () => {
    await expect(start('silent', '')).rejects.toThrow('silent ended (exit code 0): it said nothing');
  });

  test('that dies tells why, and keeps what it said in its log', async () => {
    const part = await start(
      'mortal',
      `${serve} setTimeout(() => { console.error('out of luck'); process.exit(4); }, 50);`,
    );
    expect((await part.died).message).toMatch(/^mortal ended \(exit code 4\): .*out of luck$/s);
    const log = join(folder, 'mortal.log');
    const inLog = (): true | undefined => (readFileSync(log, 'utf8').includes('out of luck') ? true : undefined);
    expect(await until('its last words in the log', async () => await Promise.resolve(inLog()))).toBe(true);
    await part.stop();
  });
});
