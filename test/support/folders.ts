import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelinesFolder } from '../../pipelines/model/read.ts';
import { schemasFolder } from '../../schemas/contract.ts';
import { cleanUp } from './cleanup.ts';

/** A folder of the test's own, removed when the test file is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'alir-test-'));
  cleanUp(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Where pipelines and contracts are, if not in this repository. */
export interface Folders {
  readonly pipelines: string;
  readonly schemas: string;
}

/** A copy of the repository's pipelines and contracts that a test may change; it is removed after the test file. */
export function copyCatalog(): Folders {
  const folder = temporaryFolder();
  const [pipelines, schemas] = [join(folder, 'pipelines'), join(folder, 'schemas')];
  cpSync(pipelinesFolder, pipelines, { recursive: true, filter: (path) => !/\/model$|\.json$/.test(path) });
  cpSync(schemasFolder, schemas, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  return { pipelines, schemas };
}
