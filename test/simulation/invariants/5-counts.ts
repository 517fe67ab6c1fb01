import { bucketName, datasetName, stagingDataset, stagingTable } from '../../../pipelines/model/names.ts';
import { moved as destinations, quarantined } from './destinations.ts';
import { type Invariant, runKey, Violation, type World } from './invariant.ts';
import type { TableRunRow } from './ledger-state.ts';

const ENCODED = ['loading', 'auditing', 'merging', 'succeeded'];
const LOADED = ['auditing', 'merging', 'succeeded'];

/** extracted = encoded + quarantined; encoded = loaded; and what the ledger says is what is there. */
export const counts: Invariant = {
  number: 5,
  name: 'counts reconcile',
  async afterLedger({ moved }, world) {
    for (const { to } of moved) await check(to, world);
  },
  atEnd(world) {
    for (const run of world.state.tableRuns) {
      if (run.state === 'succeeded') checkSlices(run, world);
    }
  },
};

/** What the ledger says of each slice is what the buckets hold, whoever woke since. */
function checkSlices(run: TableRunRow, world: World): void {
  const { projectId, name } = world.environment;
  const kept = quarantined(world, run.pipeline, run.table_name, run.run_id);
  for (const slice of world.state.slices.filter((each) => runKey(each) === runKey(run))) {
    const where = `slice ${slice.slice} of ${runKey(run)}`;
    const now = world.google.generation(bucketName(projectId, name, 'lake'), slice.object ?? '');
    if (now !== String(slice.generation))
      throw new Violation(
        counts,
        `${where} was loaded as generation ${slice.generation ?? 'none'}, and it is ${now ?? 'gone'}`,
      );
    const file = (slice.object ?? '').split('/').at(-1)?.replace(/avro$/, 'jsonl') ?? '';
    const rows = kept.filter(({ object }) => object.endsWith(`/${file}`)).length;
    if (rows !== Number(slice.quarantined))
      throw new Violation(
        counts,
        `${where} has quarantined ${slice.quarantined ?? 'no'} rows, and its object holds ${rows}`,
      );
  }
}

async function check(run: TableRunRow, world: World): Promise<void> {
  const { extracted, encoded, quarantined: rejected, loaded } = run;
  if (ENCODED.includes(run.state) && Number(extracted) !== Number(encoded) + Number(rejected)) {
    throw new Violation(
      counts,
      `${runKey(run)} is ${run.state} with ${extracted ?? 'no'} rows extracted, ${encoded ?? 'no'} encoded and ${rejected ?? 'no'} quarantined`,
    );
  }
  if (LOADED.includes(run.state) && Number(loaded) !== Number(encoded)) {
    throw new Violation(
      counts,
      `${runKey(run)} is ${run.state} with ${encoded ?? 'no'} rows encoded and ${loaded ?? 'no'} loaded`,
    );
  }
  if (run.state === 'loading') {
    const kept = quarantined(world, run.pipeline, run.table_name, run.run_id).length;
    if (kept !== Number(rejected)) {
      throw new Violation(
        counts,
        `${runKey(run)} has quarantined ${rejected ?? 'no'} rows, and quarantine holds ${kept}`,
      );
    }
  }
  if (run.state === 'auditing' || run.state === 'merging') await checkStaging(run, world);
}

async function checkStaging(run: TableRunRow, world: World): Promise<void> {
  const { dataset = '' } = destinations(world).find(({ table }) => table === run.table_name) ?? {};
  const staging = stagingDataset(datasetName({ datasetPrefix: '' }, dataset));
  const rows = await world.google.rows(staging, stagingTable(run.table_name, run.run_id));
  if (rows?.length === Number(run.encoded)) return;
  throw new Violation(
    counts,
    `${runKey(run)} has encoded ${run.encoded ?? 'no'} rows, and its staging table holds ${rows?.length ?? 'none'}`,
  );
}
