import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asset } from '@pulumi/pulumi';
import { functionsArchive } from '../../infra/archive.ts';
import { functionNames } from '../../pipelines/model/names.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { root } from './deploy.ts';

/** The archive's content in a folder of its own, with the packages that Cloud Build would install. */
const folder = mkdtempSync(join(tmpdir(), 'alir-archive-'));
beforeAll(async () => {
  for (const [name, content] of Object.entries(await functionsArchive(root).assets)) {
    if (content instanceof asset.StringAsset) writeFileSync(join(folder, name), await content.text);
    else if (content instanceof asset.FileAsset || content instanceof asset.FileArchive) {
      cpSync(await content.path, join(folder, name), { recursive: true });
    } else throw new Error(`${name} is of a kind that the test cannot write`);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

test('passes the syntax check of the build', () => {
  expect(() => node('--check', 'functions/index.ts')).not.toThrow();
});

test('holds all that the functions framework needs to load every entry point', () => {
  const loader = join(createRequire(import.meta.url).resolve('@google-cloud/functions-framework'), '../loader.js');
  const script = `
    const { getUserFunction } = require(${JSON.stringify(loader)});
    (async () => {
      const loaded = [];
      for (const name of ${JSON.stringify(functionNames)}) {
        const found = await getUserFunction(process.cwd(), name, 'cloudevent');
        if (found?.signatureType === 'cloudevent') loaded.push(name);
      }
      console.log(JSON.stringify(loaded));
    })();`;
  expect(JSON.parse(node('--eval', script))).toEqual(functionNames);
});

test('holds the pipelines and their contracts', () => {
  const script = `
    const { readCatalog } = await import('./pipelines/model/read.ts');
    const { pipelines, contracts } = readCatalog();
    console.log(JSON.stringify([pipelines.map(({ pipeline }) => pipeline), [...contracts.keys()]]));`;
  const { pipelines, contracts } = readCatalog();
  const expected = [pipelines.map(({ pipeline }) => pipeline), [...contracts.keys()]];
  expect(JSON.parse(node('--input-type=module', '--eval', script))).toEqual(expected);
});
