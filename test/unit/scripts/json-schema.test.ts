import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { pipelinesFolder } from '../../../pipelines/model/read.ts';
import { jsonSchemaFile, pipelineJsonSchema } from '../../../scripts/json-schema.ts';
import { GENERATE, MOVE, move } from '../pipelines/model/yaml.ts';

test('pipeline.schema.json is what the model says; if not, run `node scripts/json-schema.ts`', async () => {
  expect(readFileSync(jsonSchemaFile, 'utf8')).toBe(await pipelineJsonSchema());
});

// ajv is no dependency of ours, but comes with eslint and others; without it there is nothing to ask.
const ajv = await import('ajv/dist/2020.js').catch(() => undefined);

(ajv ? describe : describe.skip)('by pipeline.schema.json, a validator', () => {
  const schema = JSON.parse(readFileSync(jsonSchemaFile, 'utf8')) as object;
  const isValid = (yaml: string): boolean => {
    if (!ajv) throw new Error('there is no validator');
    return new ajv.Ajv2020({ strict: false }).validate(schema, parse(yaml));
  };

  test.each(readdirSync(pipelinesFolder).filter((name) => /\.ya?ml$/.test(name)))('takes pipelines/%s', (name) => {
    const text = readFileSync(join(pipelinesFolder, name), 'utf8');
    expect(isValid(text)).toBe(true);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/pipeline\.schema\.json\n/);
  });

  test('takes what leaves out everything that has a default', () => {
    expect(isValid(MOVE)).toBe(true);
    expect(isValid(GENERATE)).toBe(true);
  });

  test.each([
    ['an unknown setting', move('dataset:', 'datset:')],
    ['a wrong type', move('key: [id]', 'key: id')],
    ['a missing key', move('    cursor: updated_at\n', '')],
    ['a name with capitals', move('pipeline: move', 'pipeline: Move')],
    ['an unknown expectation', move('values_to_be_unique', 'values_to_be_uniqe')],
    ['neither form', 'pipeline: x\ndescription: y\nschedule: "* * * * *"\n'],
  ])('refuses %s', (_, text) => {
    expect(isValid(text)).toBe(false);
  });
});
