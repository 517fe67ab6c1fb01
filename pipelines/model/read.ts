import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { type Contract, ContractError, readContract, schemasFolder } from '../../schemas/contract.ts';
import { checkAcross, checkPipeline, type PipelineFile } from './check.ts';
import { explain } from './explain.ts';
import { formatPath, type Mistake, PipelineMistakes } from './mistake.ts';
import { type EventPipeline, isEventPipeline, isMovePipeline, type Pipeline, schemaFor } from './pipeline.ts';

/** Every pipeline with the contracts it names: what `plan()` resolves and what functions look a run up in. */
export interface Catalog {
  /** Those that a schedule sets in motion. */
  readonly pipelines: readonly Pipeline[];
  readonly events: readonly EventPipeline[];
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
  const read = files.map((file) => file.pipeline);
  return {
    pipelines: read.filter((pipeline): pipeline is Pipeline => !isEventPipeline(pipeline)),
    events: read.filter(isEventPipeline),
    contracts,
  };
}

/** Finds a pipeline that has runs, by name. @throws Error naming the ones there are */
export function findPipeline(catalog: Catalog, name: string): Pipeline {
  const found = catalog.pipelines.find((pipeline) => pipeline.pipeline === name);
  if (found) return found;
  if (catalog.events.some((pipeline) => pipeline.pipeline === name)) {
    throw new Error(`"${name}" is an event pipeline: it has no runs, for Pub/Sub writes each event by itself`);
  }
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
  const notYaml = (error: Error, line = 1): Mistake => {
    return { file, line, path: '', rule: `not YAML: ${isTooDeep(error) ? 'it is nested too deep' : firstLine(error)}` };
  };
  if (document.errors.length > 0) {
    return { mistakes: document.errors.map((error) => notYaml(error, error.linePos?.[0].line)) };
  }
  let declared: unknown;
  try {
    declared = document.toJS();
  } catch (error) {
    return { mistakes: [notYaml(error as Error)] }; // An alias without its anchor, or aliases without end.
  }
  const schema = schemaFor(declared);
  const parsed = schema.safeParse(declared);
  if (!parsed.success) {
    return { mistakes: parsed.error.issues.flatMap((issue) => explain({ file, declared, schema, lineOf }, issue)) };
  }
  const pipeline: Pipeline | EventPipeline = parsed.data;
  const expected = basename(file).replace(/\.ya?ml$/, '');
  if (pipeline.pipeline !== expected) {
    const rule = `a pipeline has the name of its file, "${expected}"`;
    return { mistakes: [{ file, line: lineOf(['pipeline']), path: 'pipeline', value: pipeline.pipeline, rule }] };
  }
  return { file, pipeline, lineOf };
}

/** The parser calls itself for each level. Its errors have other codes and classes where the stack ends, but V8's words. */
function isTooDeep({ message }: Error): boolean {
  return message.includes('call stack');
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? '';
}

function readContracts(file: PipelineFile, schemas: string, contracts: Map<string, Contract>): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const { contract, path } of contractsOf(file.pipeline)) {
    if (contracts.has(contract)) continue;
    try {
      contracts.set(contract, readContract(contract, schemas));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      mistakes.push({ file: file.file, line: file.lineOf(path), path: formatPath(path), rule: error.message });
    }
  }
  return mistakes;
}

function contractsOf(pipeline: Pipeline | EventPipeline): { contract: string; path: readonly PropertyKey[] }[] {
  if (isEventPipeline(pipeline)) return [{ contract: pipeline.events.contract, path: ['events', 'contract'] }];
  if (!isMovePipeline(pipeline)) return [];
  return pipeline.tables.map(({ contract }, index) => ({ contract, path: ['tables', index, 'contract'] }));
}

/** The line of the nearest setting on the way to `path`: one that is missing has the line of what lacks it. */
function lineOfPath(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const start = keyStart(document, path.slice(0, length)) ?? nodeStart(document.getIn(path.slice(0, length), true));
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}

/** A setting begins at its key; its value may stand on a later line. */
function keyStart(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)));
  return nodeStart(pair?.key);
}

function nodeStart(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
}
