import type { Quarantine } from './quarantine.ts';
import { RowRejected, type TextRow } from './row.ts';
import type { AvroRecord } from './type.ts';

/** Passes on the rows that are records, and the others to quarantine; counts what came and what went on. In batches. */
export async function* keepRecords(
  batches: AsyncIterable<readonly TextRow[]>,
  toRecord: (row: TextRow) => AvroRecord,
  quarantine: Quarantine,
  counts: { extracted: number; encoded: number },
): AsyncGenerator<readonly AvroRecord[], void, undefined> {
  for await (const rows of batches) {
    const records: AvroRecord[] = [];
    for (const row of rows) {
      const position = counts.extracted;
      counts.extracted += 1;
      try {
        records.push(toRecord(row));
      } catch (error) {
        if (!(error instanceof RowRejected)) throw error;
        await quarantine.add(row, position, error.message);
      }
    }
    counts.encoded += records.length;
    yield records;
  }
}
