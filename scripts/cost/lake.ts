import type { BucketPlan, Plan } from '../../pipelines/model/resources.ts';
import { ASSUMED } from './assumptions.ts';
import type { Sku } from './prices.ts';
import { DAYS_PER_MONTH } from './ticks.ts';
import { GIB, sum, type Usage } from './usage.ts';
import type { TableWork, Workload } from './workload.ts';

const YEAR_DAYS = 12 * DAYS_PER_MONTH;
/** A listing answers so many objects at once: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
const LISTED_AT_ONCE = 1000;
/** For each slice: whether the object and the bucket are there, and BigQuery's reading. */
const READS_PER_SLICE = 3;

const CLASSES = {
  STANDARD: { storage: 'storageStandard', move: undefined },
  NEARLINE: { storage: 'storageNearline', move: 'storageToNearline' },
  COLDLINE: { storage: 'storageColdline', move: 'storageToColdline' },
  ARCHIVE: { storage: 'storageArchive', move: 'storageToArchive' },
} as const satisfies Readonly<Record<string, { readonly storage: Sku; readonly move: Sku | undefined }>>;

/** What the lake holds after twelve months, by class, and what writing, reading and cooling it down takes in a month. */
export function lakeUsage(work: Workload, plan: Plan): Usage[] {
  const lake = plan.buckets.find(({ purpose }) => purpose === 'lake');
  if (!lake) throw new Error('the plan has no lake');
  const runs = work.runs.perMonth;
  const slices = runs * sum(work.tables, (table) => table.slices);
  const written = (runs * sum(work.tables, runBytes)) / GIB;
  const listings = runs * sum(work.tables, (table) => Math.ceil(table.slices / LISTED_AT_ONCE));
  const stays = staysOf(lake);
  return [
    { sku: 'storageClassA', what: 'slices written and listed', quantity: (slices + listings) / 1000 },
    { sku: 'storageClassB', what: 'slices read', quantity: (slices * READS_PER_SLICE) / 1000 },
    { sku: 'storageReplication', what: 'slices copied to the second region', quantity: written },
    ...stays.map(({ storageClass, days }): Usage => {
      const what = `lake, ${storageClass.toLowerCase()}`;
      return { sku: CLASSES[storageClass].storage, what, quantity: written * (days / DAYS_PER_MONTH) };
    }),
    ...stays.flatMap(({ storageClass }): Usage[] => {
      const { move } = CLASSES[storageClass];
      return move
        ? [{ sku: move, what: `slices moved to ${storageClass.toLowerCase()}`, quantity: slices / 1000 }]
        : [];
    }),
  ];
}

function runBytes({ volume, slices }: TableWork): number {
  return volume.rows * volume.rowBytes * ASSUMED.compression + slices * ASSUMED.fileBytes;
}

/** How many days of the first year an object spends in each class. */
function staysOf(lake: BucketPlan): { storageClass: keyof typeof CLASSES; days: number }[] {
  const steps = [
    { storageClass: 'STANDARD' as const, afterDays: 0 },
    ...[...lake.storageClasses].sort((a, b) => a.afterDays - b.afterDays),
  ];
  return steps.flatMap(({ storageClass, afterDays }, index) => {
    const days = Math.min(steps[index + 1]?.afterDays ?? YEAR_DAYS, YEAR_DAYS) - afterDays;
    return days >= 1 ? [{ storageClass, days }] : [];
  });
}
