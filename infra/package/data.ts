import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCatalog } from '../../pipelines/model/read.ts';

/** Where pipelines and contracts are read from; in the archive they are where the code looks by itself. */
export interface Folders {
  readonly root: string;
  readonly pipelines: string;
  readonly schemas: string;
}

/** A file of the archive, and the file that it is a copy of. */
type Copy = readonly [path: string, source: string];

/** What a module reads at run time, by its path: these files go where it goes. */
const READ: Readonly<Record<string, (folders: Folders) => Copy[]>> = {
  'functions/generators/library.ts': ({ root }) => below(root, 'functions/generators/library.sql'),
  'functions/ledger/migrate.ts': ({ root }) => below(root, 'functions/ledger/migrations/*.sql'),
  'pipelines/model/read.ts': ({ pipelines }) => below(pipelines, '*.{yaml,yml}', 'pipelines/'),
  'schemas/contract.ts': ({ pipelines, schemas }) =>
    [...readCatalog(pipelines, schemas).contracts.keys()].map((id) => [
      `schemas/${id}.avsc`,
      join(schemas, `${id}.avsc`),
    ]),
};

/**
 * The files that modules read beside themselves.
 * @throws Error naming a module that is not known to read any
 * @throws PipelineMistakes
 */
export async function readData(folders: Folders, modules: readonly string[]): Promise<Map<string, Uint8Array>> {
  const copies = modules.flatMap((module) => {
    const read = READ[module];
    if (read) return read(folders);
    const message = `${module} uses import.meta.dirname, so it reads files that a function's archive would lack`;
    throw new Error(`${message}; say which in infra/package/data.ts`);
  });
  return new Map(
    await Promise.all(copies.map(async ([path, source]): Promise<[string, Buffer]> => [path, await readFile(source)])),
  );
}

function below(folder: string, pattern: string, prefix = ''): Copy[] {
  return globSync(pattern, { cwd: folder }).map((path) => [`${prefix}${path}`, join(folder, path)]);
}
