import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { KeptLetter } from '../../../functions/ledger/dead-letters.ts';
import { readCatalog } from '../../../pipelines/model/read.ts';
import { planReplay } from '../../../scripts/commands/replay-plan.ts';

const program = join(import.meta.dirname, '../../../scripts/alir');

describe('alir run --deletes --accept', () => {
  test.each(['200%', '1.5', '-1', 'many', '40 %', ''])('%j is no share', (share) => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    const { status, stderr } = spawnSync(program, ['run', 'library', '--deletes', '--accept', share], {
      encoding: 'utf8',
      env,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('is no share; write 40% or 0.4, and 100% for all');
  });
});

describe('a dead letter of a run that looks for rows that are gone', () => {
  const letter = (messageId: string, runId: string, body: object): KeptLetter => ({
    messageId,
    runId,
    receivedAt: new Date(0),
    table: 'rent',
    pipeline: 'library',
    reason: 'it failed',
    attributes: {},
    replayedAt: undefined,
    replayedBy: undefined,
    body: Buffer.from(JSON.stringify({ v: 1, ...body })),
  });

  test('is such a run again, and none that moves rows', () => {
    const letters = [
      letter('1', 'gone', { kind: 'load', runId: 'gone', table: 'rent' }),
      letter('2', 'new', { kind: 'load', runId: 'new', table: 'rent' }),
      letter('3', 'tick', { kind: 'tick', pipeline: 'library', tables: ['rent'], deletes: { accept: 0.4 } }),
    ];
    const deletes = new Map([['gone', {}]]);
    const { work, refused } = planReplay(letters, {
      catalog: readCatalog(),
      environment: 'test',
      rejectedBy: new Map(),
      deletes,
    });
    expect(refused).toEqual([]);
    expect(work).toMatchObject([
      { letters: [{ messageId: '1' }], tables: ['rent'], deletes: {} },
      { letters: [{ messageId: '2' }], tables: ['rent'], deletes: undefined },
      { letters: [{ messageId: '3' }], tables: ['rent'], deletes: { accept: 0.4 } },
    ]);
  });
});
