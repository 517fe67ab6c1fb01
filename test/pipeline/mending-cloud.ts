import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { readCatalog } from '../../pipelines/model/read.ts';
import { alir, type Finished } from '../support/alir.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { copyCatalog } from '../support/folders.ts';

const PURCHASES = `pipeline: purchases
description: Purchases as they happen.
events: { contract: shop/purchase, dataset: shop, table: purchase_event }
`;
const PURCHASE = {
  type: 'record',
  name: 'purchase',
  namespace: 'shop',
  doc: 'One purchase.',
  fields: [{ name: 'id', type: 'long', doc: 'The id.' }],
};

/** The library, whose members are read in small slices, beside a pipeline of events. */
export async function startMendingCloud(): Promise<TestCloud> {
  const { pipelines, schemas } = copyCatalog();
  mkdirSync(join(schemas, 'shop'));
  writeFileSync(join(pipelines, 'purchases.yaml'), PURCHASES);
  writeFileSync(join(schemas, 'shop/purchase.avsc'), JSON.stringify(PURCHASE));
  const library = readFileSync(join(pipelines, 'library.yaml'), 'utf8');
  const small = library.replace('destination: member\n', 'destination: member\n    slice: { rows: 40 }\n');
  expect(small).not.toBe(library);
  writeFileSync(join(pipelines, 'library.yaml'), small);
  const env = { PATH: process.env['PATH'], ALIR_PIPELINES: pipelines, ALIR_SCHEMAS: schemas };
  return await startTestCloud({ catalog: readCatalog(pipelines, schemas), env });
}

/** The command line, in the environment of a cloud. */
export interface CommandLine {
  cli(...args: string[]): Promise<Finished>;
  /** What a command prints that must end well, and complain of nothing. */
  out(...args: string[]): Promise<string>;
  json(...args: string[]): Promise<unknown>;
}

export function commandLine(cloud: TestCloud): CommandLine {
  const cli = async (...args: string[]): Promise<Finished> => await alir(args, cloud.env);
  const out = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  return { cli, out, json: async (...args) => JSON.parse(await out(...args, '--json')) as unknown };
}
