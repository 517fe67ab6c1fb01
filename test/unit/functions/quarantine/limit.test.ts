import { describe, expect, test } from '@jest/globals';
import { allowedRows } from '../../../../functions/quarantine/limit.ts';
import type { MovePipeline } from '../../../../pipelines/model/pipeline.ts';
import { fileOf, mistakesIn, move } from '../../pipelines/model/yaml.ts';

/** The limit of a table whose file says so. */
function declared(setting: string): MovePipeline['tables'][number]['quarantine'] {
  const { pipeline } = fileOf(move('    key: [id]\n', `    key: [id]\n${setting}`));
  const [table] = (pipeline as MovePipeline).tables;
  if (!table) throw new Error('there is no table');
  return table.quarantine;
}

describe('how much may be rejected', () => {
  test.each([
    ['of few rows 100, by default', '', 10, 100],
    ['of 2,000 rows 100, by default', '', 2000, 100],
    ['of a million 5 %, by default', '', 1_000_000, 50_000],
    ['a share alone, of few', '    quarantine: { share: 0.01 }\n', 99, 0],
    ['a share alone, of many', '    quarantine: { share: 0.01 }\n', 1000, 10],
    ['a share that is none in binary', '    quarantine: { share: 0.29 }\n', 100, 29],
    ['a share of nothing', '    quarantine: { share: 1 }\n', 0, 0],
    ['rows alone', '    quarantine: { rows: 7 }\n', 1_000_000, 7],
    ['none', '    quarantine: { rows: 0 }\n', 1_000_000, 0],
    ['the larger of both', '    quarantine: { rows: 7, share: 0.5 }\n', 100, 50],
    ['everything', '    quarantine: { share: 1 }\n', 12_345, 12_345],
  ])('%s', (_, setting, extracted, allowed) => {
    expect(allowedRows(declared(setting), extracted)).toBe(allowed);
  });

  test.each([
    ['{ share: 5 }', 'tables[0].quarantine.share', 'a share is between 0 and 1, e.g. 0.01 for 1 %'],
    ['{ share: -0.1 }', 'tables[0].quarantine.share', 'a share is between 0 and 1, e.g. 0.01 for 1 %'],
    ['{ rows: -1 }', 'tables[0].quarantine.rows', 'Too small'],
    ['{ at_most: 3 }', 'tables[0].quarantine.at_most', 'there is no such setting'],
  ])('%s is a mistake', (setting, path, rule) => {
    const mistakes = mistakesIn(move('    key: [id]\n', `    key: [id]\n    quarantine: ${setting}\n`));
    expect(mistakes).toMatchObject([{ line: 12, path, rule: expect.stringContaining(rule) }]);
  });
});
