import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { TableReport } from '../../scripts/commands/report.ts';
import { alir, startAlir } from '../support/alir.ts';
import { cleanUp } from '../support/cleanup.ts';
import { until } from '../support/until.ts';

interface Report {
  readonly ok: boolean;
  readonly seconds: number;
  readonly reason?: string;
  readonly tables: readonly TableReport[];
}

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'alir-test-'));
  cleanUp(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
};

const counts = (report: Report) =>
  report.tables.map(({ table, extracted, merged, sourceRows, finalRows, checksumsEqual }) => ({
    table,
    extracted,
    merged,
    sourceRows,
    finalRows,
    checksumsEqual,
  }));

describe('the main job', () => {
  test('prints one JSON document and nothing else on stdout; a second start on the same data moves only what is new', async () => {
    const data = temporaryFolder();
    const first = await alir(['start', '--json', '--data', data]);
    expect(first).toMatchObject({ code: 0 });
    const report = JSON.parse(first.stdout) as Report;
    expect(Object.keys(report)).toEqual(['ok', 'seconds', 'tables']);
    expect(report.ok).toBe(true);
    expect(Object.keys(report.tables[0] ?? {})).toEqual([
      ...['pipeline', 'table', 'extracted', 'encoded', 'quarantined', 'loaded', 'merged', 'bytes', 'seconds'],
      ...['sourceRows', 'finalRows', 'checksumsEqual'],
    ]);
    expect(counts(report)).toEqual([
      { table: 'book', extracted: 25, merged: 25, sourceRows: 25, finalRows: 25, checksumsEqual: true },
      { table: 'member', extracted: 20, merged: 20, sourceRows: 20, finalRows: 20, checksumsEqual: true },
      { table: 'rent', extracted: 10, merged: 10, sourceRows: 10, finalRows: 10, checksumsEqual: true },
    ]);

    const second = await alir(['start', '--json', '--data', data]);
    expect(second).toMatchObject({ code: 0 });
    expect(counts(JSON.parse(second.stdout) as Report)).toEqual([
      { table: 'book', extracted: 30, merged: 30, sourceRows: 50, finalRows: 50, checksumsEqual: true },
      { table: 'member', extracted: 20, merged: 20, sourceRows: 40, finalRows: 40, checksumsEqual: true },
      { table: 'rent', extracted: 15, merged: 15, sourceRows: 20, finalRows: 20, checksumsEqual: true },
    ]);
  });

  test('two at once do not meet, and a person reads what happened', async () => {
    const [one, other] = await Promise.all([alir(['start']), alir(['start'])]);
    for (const { code, stdout } of [one, other]) {
      expect(stdout).toMatch(/rent +merging/);
      expect(stdout).toMatch(/every final table equals its source/);
      expect(code).toBe(0);
    }
  });

  test('a failure is the last line, the exit code says so, and the document says why', async () => {
    const failed = await alir(['start', '--json'], {
      OPENLIBRARY_URL: 'http://127.0.0.1:1',
      RANDOMUSER_URL: 'http://127.0.0.1:1',
      PUBSUB_EMULATOR_BACKOFF_SCALE: '0.001',
    });
    expect(failed.code).toBe(1);
    const report = JSON.parse(failed.stdout) as Report;
    expect(report).toMatchObject({ ok: false, tables: [] });
    expect(report.reason).toMatch(/library-generator-\w+ failed: .*OpenLibrary gave no usable answer/);
    expect(failed.stderr.trim().split('\n').at(-1)).toMatch(/^Failed: .*OpenLibrary/);
  });
});

describe('the local cloud', () => {
  test('stays until it is asked to stop; the commands find it; nothing is left behind', async () => {
    const folder = temporaryFolder();
    const envFile = join(folder, 'env');
    const up = startAlir(['up', '--fast', '--write-env', envFile]);
    await up.printed(/stop +Ctrl-C/);
    const shell = (command: string): string =>
      execFileSync('sh', ['-c', `. ${envFile}; ${command}`], { encoding: 'utf8' });
    const bin = join(import.meta.dirname, '../../scripts/alir');

    await up.printed(/merge done/); // an hour passes in seconds, so the schedules have ticked
    expect(shell(`${bin} status`)).toMatch(/library-\d{8}T\d{6}Z/);
    // A run by hand is skipped while one of the schedule's holds its tables, and on a busy machine one often does.
    const byHand = (): Promise<RegExpExecArray | undefined> => {
      const told = shell(`${bin} run library --wait`);
      if (!/skipped in .* still holds the table/.test(told)) expect(told).toMatch(/succeeded/);
      return Promise.resolve(/succeeded/.exec(told) ?? undefined);
    };
    await until('a run by hand that finds its tables free', byHand, 90_000);
    expect(shell(`${bin} query 'SELECT COUNT(*) > 0 AS any_books FROM library.book'`)).toMatch(/true/);
    expect(shell(`${bin} query --json 'SELECT 1 AS one'`)).toBe('{"one":1}\n');

    // Whatever a machine has of the usual tools finds the cloud by the env file alone.
    for (const [tool, command, answer] of [
      ['psql', `psql -At -c 'select count(*) > 0 from books_table'`, /^t$/m],
      ['gcloud', 'gcloud storage ls gs://alir-local-alir-local-lake/library/', /library\/rent\//],
      ['gsutil', 'gsutil ls gs://alir-local-alir-local-lake/library/', /library\/book\//],
      [
        'bq',
        `bq query --use_legacy_sql=false --format=csv 'SELECT COUNT(*) > 0 AS any_rents FROM library.rent'`,
        /true/,
      ],
    ] as const) {
      if (shell(`command -v ${tool} || true`) === '')
        process.stdout.write(`skipped: ${tool} finds the cloud (not installed)\n`);
      else expect(shell(command)).toMatch(answer);
    }

    up.process.kill('SIGINT');
    expect(await up.finished()).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    [
      ['up', '--port', 'nobody=1'],
      /--port nobody=1: write <part>=<0 to 65535>; the parts are postgres, pubsub, storage/,
    ],
    [['up', '--port', 'pubsub=99999'], /--port pubsub=99999: write <part>/],
    [['run', 'nobody'], /no environment to talk to|there is no pipeline "nobody"/],
    [['up', '--nobody'], /unknown option '--nobody'/],
  ])('alir %j is refused with what is allowed', async (args, message) => {
    const { code, stderr } = await alir(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test('an occupied port is named, and what had started is stopped', async () => {
    const occupant = createServer();
    occupant.listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    cleanUp(() => {
      occupant.close();
    });
    const { port } = occupant.address() as AddressInfo;
    const { code, stderr } = await alir(['up', '--port', `storage=${port}`]);
    expect(stderr).toMatch(new RegExp(`port ${port} on 127.0.0.1 is occupied`));
    expect(code).toBe(1);
  });

  test('a data folder that cannot be written to, or that another cloud is using, is refused', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await alir(['start', '--data', file])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--data .*file cannot be used/),
    });
    const used = join(folder, 'used');
    mkdirSync(used);
    writeFileSync(join(used, 'alir.pid'), String(process.pid));
    const second = await alir(['up', '--data', used]);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`the local cloud of process ${process.pid} is using it`),
    });
  });

  test('when a part dies, the others are stopped and the reason is told', async () => {
    const up = startAlir(['up', '--write-env', join(temporaryFolder(), 'env')]);
    await up.printed(/stop +Ctrl-C/);
    const children = execFileSync('pgrep', ['-P', String(up.process.pid), '-f', 'emulators/bigquery'], {
      encoding: 'utf8',
    });
    process.kill(Number(children.trim()), 'SIGKILL');
    expect(await up.finished()).toMatchObject({ code: 1, stderr: expect.stringMatching(/bigquery ended \(SIGKILL\)/) });
  });

  test('when it is killed itself, no part stays behind', async () => {
    // What a killed process cannot clean up goes with the test's own folder.
    const folder = temporaryFolder();
    const up = startAlir(['up', '--write-env', join(folder, 'env')], { TMPDIR: folder });
    await up.printed(/stop +Ctrl-C/);
    const descendants = (pid: number): number[] => {
      const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(Boolean)
        .map(Number);
      return children.flatMap((child) => [child, ...descendants(child)]);
    };
    const parts = descendants(up.process.pid ?? 0);
    expect(parts.length).toBeGreaterThan(7); // six emulators, the functions, and Postgres' own processes
    up.process.kill('SIGKILL');
    await until('every part to have ended', () => {
      const alive = parts.filter((pid) => spawnSync('kill', ['-0', String(pid)]).status === 0);
      return Promise.resolve(alive.length === 0 ? true : undefined);
    });
  });
});
