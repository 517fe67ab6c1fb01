import { bucketName, datasetName, type FunctionName, type Stage, stagingDataset, topicName } from './names.ts';
import { isMovePipeline } from './pipeline.ts';
import type { Catalog } from './read.ts';

/** What one function touches. `infra/` grants exactly this, and nothing else is granted to a function. */
export interface Access {
  /** Topics, by name. */
  readonly publishes: readonly string[];
  readonly buckets: readonly { readonly bucket: string; readonly may: 'read' | 'write' }[];
  readonly datasets: readonly { readonly dataset: string; readonly may: 'read' | 'write' }[];
  /** Runs BigQuery jobs, which is a right on the project. */
  readonly runsJobs: boolean;
  /** Databases that it connects to; the first is the ledger's. */
  readonly databases: readonly string[];
}

export const LEDGER_DATABASE = 'alir';

/** The Postgres sources that the pipelines read from or write to, sorted. */
export function sourcesOf(catalog: Catalog): string[] {
  return [...new Set([...readSources(catalog), ...writtenSources(catalog)])].sort();
}

export function accessOf(
  name: FunctionName,
  catalog: Catalog,
  environment: { readonly name: string; readonly projectId: string; readonly datasetPrefix: string },
): Access {
  const topics = (...stages: readonly (Stage | 'dead-letter')[]): Pick<Access, 'publishes'> => ({
    publishes: stages.map((stage) => topicName(environment.name, stage)),
  });
  const bucket = (purpose: 'lake' | 'quarantine', may: 'read' | 'write'): Access['buckets'][number] => ({
    bucket: bucketName(environment.projectId, environment.name, purpose),
    may,
  });
  const finals = [
    ...new Set(catalog.pipelines.filter(isMovePipeline).map(({ dataset }) => datasetName(environment, dataset))),
  ];
  const final = (may: 'read' | 'write'): Access['datasets'] => finals.map((dataset) => ({ dataset, may }));
  const staging = (may: 'read' | 'write'): Access['datasets'] =>
    finals.map((dataset) => ({ dataset: stagingDataset(dataset), may }));
  const ledgerOnly: Access = {
    publishes: [],
    buckets: [],
    datasets: [],
    runsJobs: false,
    databases: [LEDGER_DATABASE],
  };

  // A stage that ends a table run, well or not, wakes the run that waits for the table: a message to extract.
  switch (name) {
    case 'generate':
      return {
        ...ledgerOnly,
        ...topics('dead-letter'),
        databases: [LEDGER_DATABASE, ...writtenSources(catalog)],
      };
    case 'extract':
      return {
        ...ledgerOnly,
        ...topics('encode', 'extract', 'dead-letter'),
        datasets: final('write'),
        databases: [LEDGER_DATABASE, ...readSources(catalog)],
      };
    case 'encode':
      return {
        ...ledgerOnly,
        ...topics('load', 'extract', 'dead-letter'),
        buckets: [bucket('lake', 'write'), bucket('quarantine', 'write')],
        databases: [LEDGER_DATABASE, ...readSources(catalog)],
      };
    case 'load':
      return {
        ...ledgerOnly,
        ...topics('audit', 'extract', 'dead-letter'),
        buckets: [bucket('lake', 'read')],
        datasets: staging('write'),
        runsJobs: true,
      };
    case 'audit':
      return { ...ledgerOnly, ...topics('merge', 'extract', 'dead-letter'), datasets: staging('read'), runsJobs: true };
    case 'merge':
      return {
        ...ledgerOnly,
        ...topics('extract', 'dead-letter'),
        // It drops the staging tables of runs that were overtaken.
        datasets: [...final('write'), ...staging('write')],
        runsJobs: true,
      };
    case 'notify':
      return { ...ledgerOnly, ...topics('extract') };
  }
}

function readSources(catalog: Catalog): string[] {
  return [...new Set(catalog.pipelines.filter(isMovePipeline).map(({ source }) => source.postgres))].sort();
}

function writtenSources(catalog: Catalog): string[] {
  const written = catalog.pipelines.flatMap((pipeline) =>
    isMovePipeline(pipeline) ? [] : [pipeline.generate.postgres],
  );
  return [...new Set(written)].sort();
}
