import type { Quarantine } from './quarantine.ts';
import { RowRejected, type TextRow } from './row.ts';
import type { AvroRecord } from './type.ts';

/** Passes on the rows that are records, and the others to quarantine; counts what came and what went on. */
export async function* keepRecords(
  rows: AsyncIterable<TextRow>,
  toRecord: (row: TextRow) => AvroRecord,
  quarantine: Quarantine,
  counts: { extracted: number; encoded: number },
): AsyncGenerator<AvroRecord, void, undefined> {
  for await (const row of rows) {
    const position = counts.extracted;
    counts.extracted += 1;
    let record: AvroRecord;
    try {
      record = toRecord(row);
    } catch (error) {
      if (!(error instanceof RowRejected)) throw error;
      await quarantine.add(row, position, error.message);
      continue;
    }
    counts.encoded += 1;
    yield record;
  }
}
