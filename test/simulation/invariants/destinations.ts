import { bucketName, datasetName } from '../../../pipelines/model/names.ts';
import { isMovePipeline } from '../../../pipelines/model/pipeline.ts';
import type { FinalRow } from '../world/google.ts';
import type { World } from './invariant.ts';

/** Every table that is moved: its pipeline, its name at both ends, and its dataset. */
export function moved({ catalog, environment }: World): { pipeline: string; table: string; dataset: string }[] {
  return catalog.pipelines.filter(isMovePipeline).flatMap(({ pipeline, dataset, tables }) =>
    tables.map(({ destination }) => ({
      pipeline,
      table: destination,
      dataset: datasetName(environment, dataset),
    })),
  );
}

/** The final table's rows; undefined while there is no such table. */
export async function finalRows(world: World, table: string): Promise<FinalRow[] | undefined> {
  const dataset = moved(world).find((each) => each.table === table)?.dataset ?? '';
  return await world.google.rows(dataset, table);
}

export interface Quarantined {
  readonly object: string;
  readonly id: number;
  readonly version: number;
}

/** Every row in quarantine of a table, or of one run of it. */
export function quarantined(world: World, pipeline: string, table: string, runId?: string): Quarantined[] {
  const { projectId, name } = world.environment;
  const bucket = bucketName(projectId, name, 'quarantine');
  const objects = world.google.objects(bucket, `${pipeline}/${table}/`, '');
  return [...objects]
    .filter(([object]) => runId === undefined || object.includes(`/run=${runId}/`))
    .flatMap(([object, text]) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const { row } = JSON.parse(line) as { row: Record<string, string> };
          return { object, id: Number(row['id']), version: Number(row['version']) };
        }),
    );
}

/** The newest version of each row that has arrived, in the final table or in quarantine. */
export async function arrived(world: World, pipeline: string, table: string): Promise<Map<number, number>> {
  const newest = new Map<number, number>();
  const note = (id: number, version: number): void => {
    newest.set(id, Math.max(version, newest.get(id) ?? -1));
  };
  for (const row of (await finalRows(world, table)) ?? []) note(Number(row['id']), Number(row['version']));
  for (const { id, version } of quarantined(world, pipeline, table)) note(id, version);
  return newest;
}
