import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { mutants } from './mutants/all.ts';

const root = join(import.meta.dirname, '../..');
const edits = mutants.flatMap(({ name, edits }) => edits.map(({ file, from }) => ({ name, file, from })));

test.each(edits)('what $name replaces stands in $file once', ({ file, from }) => {
  expect(readFileSync(join(root, file), 'utf8').split(from)).toHaveLength(2);
});
