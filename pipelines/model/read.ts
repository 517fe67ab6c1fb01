import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { type Contract, ContractError, readContract, schemasFolder } from '../../schemas/contract.ts';
import { checkAcross, checkPipeline, type PipelineFile } from './check.ts';
import { closest, formatPath, type Mistake, PipelineMistakes } from './mistake.ts';
import { expectationNames, isMovePipeline, type Pipeline, schemaFor } from './pipeline.ts';

/** Every pipeline with the contracts it names: what `plan()` resolves and what functions look a run up in. */
export interface Catalog {
  readonly pipelines: readonly Pipeline[];
  /** By contract id, e.g. `library/rent`. */
  readonly contracts: ReadonlyMap<string, Contract>;
}

export const pipelinesFolder = join(import.meta.dirname, '..');

/**
 * Reads and checks every `*.yaml` of a folder and the contracts they name.
 * @throws PipelineMistakes listing every mistake with file, line, value, rule and hint
 */
export function readCatalog(folder: string = pipelinesFolder, schemas: string = schemasFolder): Catalog {
  const mistakes: Mistake[] = [];
  const files: PipelineFile[] = [];
  for (const name of readdirSync(folder).filter(isPipelineFile).sort()) {
    const read = readPipeline(name, readFileSync(join(folder, name), 'utf8'));
    if ('mistakes' in read) mistakes.push(...read.mistakes);
    else files.push(read);
  }
  const contracts = new Map<string, Contract>();
  for (const file of files)
    mistakes.push(...readContracts(file, schemas, contracts), ...checkPipeline(file, contracts));
  mistakes.push(...checkAcross(files));
  if (mistakes.length > 0) throw new PipelineMistakes(mistakes);
  return { pipelines: files.map((file) => file.pipeline), contracts };
}

/** Finds a pipeline by name. @throws Error naming the ones there are */
export function findPipeline(catalog: Catalog, name: string): Pipeline {
  const found = catalog.pipelines.find((pipeline) => pipeline.pipeline === name);
  if (found) return found;
  const names = catalog.pipelines.map((pipeline) => pipeline.pipeline);
  throw new Error(`there is no pipeline "${name}"; there are: ${names.join(', ')}`);
}

function isPipelineFile(name: string): boolean {
  return name.endsWith('.yaml') || name.endsWith('.yml');
}

/** Parses one file's text. Pure. */
export function readPipeline(file: string, text: string): PipelineFile | { readonly mistakes: readonly Mistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (path: readonly PropertyKey[]): number => lineOfPath(document, lines, path);
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((error) => ({
      file,
      line: error.linePos?.[0].line ?? 1,
      path: '',
      rule: `not YAML: ${error.message.split('\n')[0] ?? ''}`,
    }));
    return { mistakes };
  }
  const declared: unknown = document.toJS();
  const parsed = schemaFor(declared).safeParse(declared);
  if (!parsed.success) {
    return { mistakes: parsed.error.issues.flatMap((issue) => toMistakes(file, declared, issue, lineOf)) };
  }
  const pipeline: Pipeline = parsed.data;
  const expected = basename(file).replace(/\.ya?ml$/, '');
  if (pipeline.pipeline !== expected) {
    const rule = `a pipeline has the name of its file, "${expected}"`;
    return { mistakes: [{ file, line: lineOf(['pipeline']), path: 'pipeline', value: pipeline.pipeline, rule }] };
  }
  return { file, pipeline, lineOf };
}

function readContracts(file: PipelineFile, schemas: string, contracts: Map<string, Contract>): Mistake[] {
  if (!isMovePipeline(file.pipeline)) return [];
  const mistakes: Mistake[] = [];
  for (const [index, table] of file.pipeline.tables.entries()) {
    if (contracts.has(table.contract)) continue;
    try {
      contracts.set(table.contract, readContract(table.contract, schemas));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      const path = ['tables', index, 'contract'];
      mistakes.push({ file: file.file, line: file.lineOf(path), path: formatPath(path), rule: error.message });
    }
  }
  return mistakes;
}

function toMistakes(
  file: string,
  declared: unknown,
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number,
): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return {
        file,
        line: lineOf(path),
        path: formatPath(path),
        rule: 'there is no such setting',
        ...hint(key, issue.path),
      };
    });
  }
  const value = valueAt(declared, issue.path);
  if (issue.code === 'invalid_union') return expectationMistakes(file, declared, issue, lineOf);
  const found = { file, line: lineOf(issue.path), path: formatPath(issue.path), rule: issue.message };
  return [value === undefined || typeof value === 'object' ? found : { ...found, value }];
}

/** The one union in a pipeline is an expectation, and its name says which branch was meant. */
function expectationMistakes(
  file: string,
  declared: unknown,
  issue: z.core.$ZodIssueInvalidUnion,
  lineOf: (path: readonly PropertyKey[]) => number,
): Mistake[] {
  const [name = ''] = Object.keys((valueAt(declared, issue.path) as object | undefined) ?? {});
  const meant = issue.errors[expectationNames.indexOf(name)];
  if (meant) {
    return meant.flatMap((inner) =>
      toMistakes(file, declared, { ...inner, path: [...issue.path, ...inner.path] }, lineOf),
    );
  }
  const near = closest(name, expectationNames);
  const hint = near === undefined ? `there are: ${expectationNames.join(', ')}` : `did you mean "${near}"?`;
  const found = { file, line: lineOf(issue.path), path: formatPath(issue.path), value: name };
  return [{ ...found, rule: 'there is no such expectation', hint }];
}

const SETTINGS = [
  ...['pipeline', 'description', 'schedule', 'timezone', 'overlap', 'source', 'dataset', 'tables', 'generate'],
  ...['contract', 'destination', 'key', 'cursor', 'partition', 'cluster', 'slice', 'audit', 'postgres', 'field', 'by'],
  ...[
    'immutable',
    'rows',
    'model',
    'books',
    'members',
    'rents',
    'changes',
    'column',
    'mostly',
    'severity',
    'min',
    'max',
  ],
];

function hint(key: string, path: readonly PropertyKey[]): { hint?: string } {
  const word = closest(key, SETTINGS);
  if (word !== undefined) return { hint: `did you mean "${word}"?` };
  return { hint: `pipelines/pipeline.schema.json lists what may stand in ${formatPath(path) || 'a pipeline'}` };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
}

/** The line of the nearest node on the way to `path`: a setting that is missing has the line of what lacks it. */
function lineOfPath(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
