import { withReader } from '../../functions/sources/postgres.ts';
import { sourceChecksum } from '../../functions/sources/checksum.ts';
import { comparableOf } from '../../functions/warehouse/comparable.ts';
import { checksumQuery } from '../../functions/warehouse/checksum.ts';
import type { EveryService } from '../../functions/runtime/clients/every.ts';
import { datasetName } from '../../pipelines/model/names.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { deletedColumn } from '../../pipelines/model/plan-deletes.ts';

/** What the source and the final table of one destination hold. */
export interface Proof {
  readonly pipeline: string;
  readonly table: string;
  readonly sourceRows: number;
  readonly finalRows: number;
  readonly sourceChecksum: string;
  readonly finalChecksum: string;
  readonly checksumsEqual: boolean;
  /** Fields that the two engines print each in their own way, so that the checksum leaves them out. */
  readonly notCompared: readonly string[];
}

/** Counts and hashes every table on both sides, without the rows that are marked as gone, each in its own engine, and compares. */
export async function proveTables(services: EveryService): Promise<Proof[]> {
  const warehouse = await services.warehouse();
  const tables = services.catalog.pipelines
    .filter(isMovePipeline)
    .flatMap((pipeline) => pipeline.tables.map((table) => ({ pipeline, table })));
  return await Promise.all(
    tables.map(async ({ pipeline, table }) => {
      const contract = services.catalog.contracts.get(table.contract);
      if (!contract) throw new Error(`contract ${table.contract} is not in the catalog`);
      const name = pipeline.source.postgres;
      const source = await withReader(
        services.settings.source(name),
        name,
        async (client) => await sourceChecksum(client, table.source, contract),
      );
      const target = {
        project: warehouse.projectId,
        dataset: datasetName(services.environment, pipeline.dataset),
        table: table.destination,
      };
      const [row = {}] = await warehouse.query(checksumQuery(target, contract, deletedColumn(table)?.name));
      const finalChecksum = String(row['checksum']);
      const finalRows = Number(row['row_count']);
      return {
        pipeline: pipeline.pipeline,
        table: table.destination,
        sourceRows: source.rows,
        finalRows,
        sourceChecksum: source.checksum,
        finalChecksum,
        checksumsEqual: source.rows === finalRows && source.checksum === finalChecksum,
        notCompared: contract.fields.filter((field) => !comparableOf(field)).map(({ name: field }) => field),
      };
    }),
  );
}
