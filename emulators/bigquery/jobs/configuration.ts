import { invalid, unsupported } from '../errors.ts';
import type { TableRef } from '../store/names.ts';
import type { Resource } from '../store/store.ts';

/**
 * Refuses properties of a job's configuration that the emulator does not know, for they would change what the job does.
 * @param read those that it acts on
 * @param ignored those that change nothing here: price, priority, encryption
 */
export function checkProperties(
  where: string,
  given: Resource,
  read: readonly string[],
  ignored: readonly string[],
): void {
  for (const [name, value] of Object.entries(given)) {
    const empty =
      value === undefined ||
      value === null ||
      value === false ||
      value === '' ||
      (Array.isArray(value) && value.length === 0);
    if (!empty && !read.includes(name) && !ignored.includes(name)) throw unsupported(`${where}.${name}`);
  }
}

/** @throws ApiError invalid when a part of the reference is missing */
export function readTableRef(raw: unknown, projectId: string, what: string): TableRef {
  const ref = (raw ?? {}) as Partial<Record<keyof TableRef, unknown>>;
  if (
    typeof ref.datasetId !== 'string' ||
    typeof ref.tableId !== 'string' ||
    ref.datasetId === '' ||
    ref.tableId === ''
  ) {
    throw invalid(`Required parameter is missing: ${what}`);
  }
  if (ref.tableId.includes('$')) throw unsupported(`partition decorators (${ref.tableId})`);
  return {
    projectId: typeof ref.projectId === 'string' && ref.projectId !== '' ? ref.projectId : projectId,
    datasetId: ref.datasetId,
    tableId: ref.tableId,
  };
}

export function readEnum(raw: unknown, what: string, allowed: readonly string[], absent: string): string {
  if (raw === undefined || raw === null || raw === '') return absent;
  if (typeof raw !== 'string' || !allowed.includes(raw))
    throw invalid(`Invalid value for ${what}: ${JSON.stringify(raw)} is not a valid value`);
  return raw;
}

const WRITE = ['WRITE_APPEND', 'WRITE_EMPTY', 'WRITE_TRUNCATE', 'WRITE_TRUNCATE_DATA'];

export interface Dispositions {
  readonly createDisposition: string;
  readonly writeDisposition: string;
  readonly allowAddition: boolean;
  readonly allowRelaxation: boolean;
}

export function readDispositions(config: Resource, defaultWrite: string): Dispositions {
  const updates = (config['schemaUpdateOptions'] ?? []) as string[];
  const writeDisposition = readEnum(config['writeDisposition'], 'writeDisposition', WRITE, defaultWrite);
  for (const option of updates)
    readEnum(option, 'schemaUpdateOptions', ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION'], '');
  if (updates.length > 0 && writeDisposition !== 'WRITE_APPEND' && writeDisposition !== 'WRITE_TRUNCATE_DATA') {
    throw invalid(
      'Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.',
    );
  }
  return {
    createDisposition: readEnum(
      config['createDisposition'],
      'createDisposition',
      ['CREATE_IF_NEEDED', 'CREATE_NEVER'],
      'CREATE_IF_NEEDED',
    ),
    writeDisposition,
    allowAddition: updates.includes('ALLOW_FIELD_ADDITION'),
    allowRelaxation: updates.includes('ALLOW_FIELD_RELAXATION'),
  };
}
