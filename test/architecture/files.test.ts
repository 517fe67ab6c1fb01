import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root, rooms } from './cruise.ts';

const LINES_AT_MOST = 300;

const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|js|cjs|sql)$/.test(file))
    .map((file) => join(room, file)),
);
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('every file of ours', () => {
  test('is found', () => {
    expect(files).toEqual(expect.arrayContaining(['functions/index.ts', 'pipelines/model/plan.ts']));
  });

  test(`has ${LINES_AT_MOST} lines at most`, () => {
    const long = files.map((file) => [file, textOf(file).split('\n').length] as const);
    expect(long.filter(([, lines]) => lines > LINES_AT_MOST)).toEqual([]);
  });
});
