import { TerminalError } from '../runtime/errors.ts';
import { Source } from './block.ts';
import { INCOMPLETE, type Rows, TRAILER } from './rows.ts';
import { brokenStream } from './rule.ts';

/** https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;
/** Bits 16 to 31 of the flags must be understood; the only one ever used says that rows begin with an OID. */
const CRITICAL_FLAGS = 0xffff_0000;
/** Longer than every row that could be loaded, and short enough to be kept in memory. */
const ROW_BYTES_AT_MOST = 64 * 1024 * 1024;
const CARRY_BYTES = 64 * 1024;

/**
 * Reads a COPY stream in the chunks in which it arrives and hands its rows on. Only the row that a border of chunks cuts
 * is copied; it waits here for its rest.
 */
export class CopyStream {
  readonly #rows: Rows;
  #state: 'header' | 'rows' | 'over' = 'header';
  #carry = new Source(Buffer.allocUnsafeSlow(CARRY_BYTES));
  #kept = 0;
  /** Bytes of the carry that are understood: the header, or the row's columns up to here. */
  #scanned = 0;
  #columnsLeft = -1;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** @throws TransientError for what is no COPY stream */
  push(source: Source, from: number, to: number): void {
    let at = from;
    if (this.#state === 'header') at = this.#readHeader(source, at, to);
    if (this.#kept > 0 && this.#state === 'rows') at = this.#finishRow(source, at, to);
    while (at < to && this.#state === 'rows') {
      const next = this.#rows.write(source, at, to);
      if (next === INCOMPLETE) at = this.#finishRow(source, at, to);
      else if (next === TRAILER) {
        this.#state = 'over';
        at += 2;
      } else at = next;
    }
    if (at < to) throw brokenStream(`${to - at} bytes after the trailer`);
  }

  /** @throws TransientError when the stream ends before its trailer */
  end(): void {
    if (this.#state === 'over') return;
    throw brokenStream(`it ends after ${this.#rows.count} rows without its trailer`);
  }

  #readHeader(source: Source, from: number, to: number): number {
    let at = this.#keep(source, from, to, HEADER_BYTES);
    if (this.#kept < HEADER_BYTES) return at;
    const { bytes, view } = this.#carry;
    if (SIGNATURE.compare(bytes, 0, SIGNATURE.length) !== 0) throw brokenStream('it does not begin with PGCOPY');
    const flags = view.getUint32(SIGNATURE.length);
    if ((flags & CRITICAL_FLAGS) !== 0) throw brokenStream(`flags 0x${flags.toString(16)} are unknown`);
    const extension = view.getUint32(SIGNATURE.length + 4);
    if (extension > CARRY_BYTES) throw brokenStream(`its header is ${extension} bytes longer than any`);
    at = this.#keep(source, at, to, HEADER_BYTES + extension);
    if (this.#kept < HEADER_BYTES + extension) return at;
    this.#kept = 0;
    this.#state = 'rows';
    return at;
  }

  /** Collects the row that was begun, column by column, so that no byte is looked at twice. @returns where it ends */
  #finishRow(source: Source, from: number, to: number): number {
    let at = from;
    for (;;) {
      const need = this.#scanned + (this.#columnsLeft < 0 ? 2 : this.#columnsLeft > 0 ? 4 : 0);
      at = this.#keep(source, at, to, need);
      if (this.#kept < need) return at;
      if (this.#columnsLeft === 0) break;
      if (this.#columnsLeft < 0) {
        const columns = this.#carry.view.getInt16(0);
        // What is no row is said where rows are read.
        this.#columnsLeft = columns === this.#rows.columns ? columns : 0;
        this.#scanned = 2;
      } else {
        const length = this.#carry.view.getInt32(this.#scanned);
        if (length < -1) throw brokenStream(`row ${this.#rows.count}: a column of ${length} bytes`);
        this.#scanned += 4 + Math.max(length, 0);
        this.#columnsLeft -= 1;
        if (this.#scanned > ROW_BYTES_AT_MOST) throw rowTooLong(this.#rows.count);
      }
    }
    const { count } = this.#rows;
    if (this.#rows.write(this.#carry, 0, this.#kept) === TRAILER) this.#state = 'over';
    else if (this.#rows.count === count) throw brokenStream(`row ${count} is cut`);
    this.#kept = 0;
    this.#scanned = 0;
    this.#columnsLeft = -1;
    if (this.#carry.bytes.length > CARRY_BYTES) this.#carry = new Source(Buffer.allocUnsafeSlow(CARRY_BYTES));
    return at;
  }

  /** Copies until `need` bytes are kept, or there are no more. @returns where it stopped */
  #keep(source: Source, from: number, to: number, need: number): number {
    const size = Math.min(need - this.#kept, to - from);
    if (size <= 0) return from;
    if (this.#kept + size > this.#carry.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(this.#kept + size, this.#carry.bytes.length * 2));
      this.#carry.bytes.copy(bytes, 0, 0, this.#kept);
      this.#carry = new Source(bytes);
    }
    source.bytes.copy(this.#carry.bytes, this.#kept, from, from + size);
    this.#kept += size;
    return from + size;
  }
}

function rowTooLong(row: number): TerminalError {
  return new TerminalError(
    'SOURCE_REFUSED',
    `row ${row} of the slice has more than ${ROW_BYTES_AT_MOST} bytes; BigQuery holds a quarter of that. ` +
      'Leave its longest column out of the contract, or shorten it in a view',
  );
}
