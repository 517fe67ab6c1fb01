import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { checkAcross, checkPipeline } from '../../pipelines/model/check.ts';
import { formatMistake, type Mistake } from '../../pipelines/model/mistake.ts';
import { isEventPipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { plan } from '../../pipelines/model/plan.ts';
import { pipelinesFolder, readCatalog, readPipeline } from '../../pipelines/model/read.ts';
import { nextTick } from '../../pipelines/model/tick.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { mutated, mutatedText } from './mutations.ts';
import { LIMIT_MS, runs } from './runs.ts';

const EVENTS = `pipeline: events
description: Rents as they happen.
events: { contract: library/rent, dataset: shop, table: rent_event, partition: { field: publish_time }, cluster: [id] }
`;
const files = new Map([
  ...readdirSync(pipelinesFolder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(pipelinesFolder, name), 'utf8')] as const),
  ['events.yaml', EVENTS] as const,
]);
const { contracts } = readCatalog();

/** What YAML has and these files do without. */
const PIECES = [
  '\t',
  '\ufeff',
  '\r',
  '\u0085',
  '&a ',
  '*a',
  '*none',
  '<<: *a\n',
  '<<: {}\n',
  '? [a, b]\n: c\n',
  '---\n',
  '...\n',
  '%YAML 1.1\n---\n',
  '!!binary ',
  '!!set ',
  '!<tag:x> ',
  '!!js/function ',
  '.nan',
  '-.inf',
  '1e400',
  '0o17',
  '2026-01-01',
  '|2\n',
  '>-\n',
  '"',
  "'",
  '{',
  '[',
  '}',
  ']',
  ': ',
  '- ',
  '#',
  '\n',
  '\n  ',
];

/** Accepted, and then of use; or refused with a place and a rule. */
function read(file: string, text: string): void {
  const found = readPipeline(file, text);
  if ('mistakes' in found) {
    expectTold(file, text, found.mistakes);
    return;
  }
  const mistakes = [...checkPipeline(found, contracts), ...checkAcross([found])];
  if (mistakes.length > 0) {
    expectTold(file, text, mistakes);
    return;
  }
  const { pipeline } = found;
  const [pipelines, events] = isEventPipeline(pipeline) ? [[], [pipeline]] : [[pipeline], []];
  if (missing(pipeline).length > 0) return; // A contract that is not there is found by readCatalog.
  plan({ pipelines, events, contracts }, localEnvironment);
  for (const { schedule, timezone } of pipelines) nextTick(schedule, timezone, new Date('2026-11-20T08:15:00Z'));
}

function missing(pipeline: Pipeline | { readonly events: { readonly contract: string } }): string[] {
  const named =
    'events' in pipeline
      ? [pipeline.events.contract]
      : 'tables' in pipeline
        ? pipeline.tables.map((table) => table.contract)
        : [];
  return named.filter((contract) => !contracts.has(contract));
}

function expectTold(file: string, text: string, mistakes: readonly Mistake[]): void {
  expect(mistakes.length).toBeGreaterThan(0);
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const mistake of mistakes) {
    expect(mistake.file).toBe(file);
    expect(mistake.line).toBeGreaterThanOrEqual(1);
    expect(mistake.line).toBeLessThanOrEqual(lines);
    expect(mistake.rule).not.toMatch(/^$|undefined|\[object|Cannot read|is not a function|call stack|\n/);
    expect(formatMistake(mistake)).not.toMatch(/\n {4}at /);
  }
}

const each = [...files];

test.each(each)(
  '%s, with its settings changed, is accepted or told what is wrong',
  (file, text) => {
    fc.assert(
      fc.property(
        mutated(parse(text)).map((declared) => stringify(declared)),
        (changed) => {
          read(file, changed);
        },
      ),
      runs(120),
    );
  },
  LIMIT_MS,
);

test.each(each)(
  '%s, with its text cut and mixed, is accepted or told what is wrong',
  (file, text) => {
    fc.assert(
      fc.property(mutatedText(text, PIECES), (changed) => {
        read(file, changed);
      }),
      runs(150),
    );
  },
  LIMIT_MS,
);

const laughs = Array.from({ length: 30 }, (_, level) => `l${level}: &l${level} [${`*l${level - 1}, `.repeat(9)}]`);
test.each([
  ['nothing', ''],
  ['a comment', '# nothing'],
  ['a byte order mark alone', '\ufeff'],
  ['a scalar', 'pipeline'],
  ['null', '~'],
  ['a list', '- pipeline: x'],
  ['a billion laughs', laughs.join('\n').replace('*l-1, '.repeat(9), 'x')],
  ['a cycle', 'pipeline: x\ntables: &a [*a]'],
  ['a cycle where a table stands', 'pipeline: x\ntables: &a\n  - audit: *a\n    source: *a'],
  ['a map that is its own key', '&a ? *a : 1'],
  ['lists ten thousand deep', '['.repeat(10_000)],
  ['lists ten thousand deep, and closed', `tables: ${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ['maps ten thousand deep', '{a: '.repeat(10_000)],
  ['entries ten thousand deep', '- '.repeat(10_000)],
  ['a key of a megabyte', `${'k'.repeat(1_000_000)}: 1`],
  [
    'a schedule of a megabyte',
    files.get('library.yaml')?.replace("'15 * * * *'", `'${'1,'.repeat(500_000)}1 * * * *'`) ?? '',
  ],
  ['ten thousand tables', `${EVENTS}tables:\n${'  - {}\n'.repeat(10_000)}`],
  ['two documents', `${EVENTS}---\n${EVENTS}`],
  ['NUL', EVENTS.replace('Rents', 'Re\0nts')],
])('%s is told what is wrong', (_, text) => {
  const found = readPipeline('x.yaml', text);
  expect(found).toHaveProperty('mistakes');
  if ('mistakes' in found) expectTold('x.yaml', text, found.mistakes);
});
