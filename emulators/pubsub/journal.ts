import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../kit/errors.ts';
import { JOURNAL_COMPACT_MIN_BYTES } from './limits.ts';
import { decodeRecord, encodeRecord, type StoreRecord } from './records.ts';

/** Where records are kept. The store appends before it answers, and rewrites when the journal asks for it. */
export interface Journal {
  append(records: readonly StoreRecord[]): void;
  /** True when the journal holds much more than the state needs. */
  readonly wantsRewrite: boolean;
  rewrite(records: Iterable<StoreRecord>): void;
  close(): void;
}

/** For an emulator without a data folder. */
export const noJournal: Journal = {
  append: () => undefined,
  wantsRewrite: false,
  rewrite: () => undefined,
  close: () => undefined,
};

const NEWLINE = 10;
const BATCH_BYTES = 1024 * 1024;

/**
 * An append-only file, one record a line. What `append` returned from is in the operating system's hands and survives
 * a kill of the process; there is no fsync, for a power cut loses a laptop's local cloud at worst.
 */
export class FileJournal implements Journal {
  readonly #folder: string;
  readonly #path: string;
  #file: number;
  #bytes: number;
  #rewriteAtBytes = JOURNAL_COMPACT_MIN_BYTES;

  /** @throws Error naming the folder and the reason when it cannot be written */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'journal.jsonl');
    try {
      mkdirSync(folder, { recursive: true });
      this.#file = openSync(this.#path, 'a+');
      this.#bytes = fstatSync(this.#file).size;
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  get wantsRewrite(): boolean {
    return this.#bytes >= this.#rewriteAtBytes;
  }

  /**
   * All records, in order; `rewrite` must follow. A last line that a kill cut short was never answered for and is passed over.
   * @throws Error naming file and line when another line cannot be read
   */
  *read(): Generator<StoreRecord> {
    const bytes = readFileSync(this.#path);
    let start = 0;
    for (let line = 1, end = bytes.indexOf(NEWLINE); end >= 0; line += 1, end = bytes.indexOf(NEWLINE, start)) {
      yield this.#decode(bytes.toString('utf8', start, end), line);
      start = end + 1;
    }
  }

  append(records: readonly StoreRecord[]): void {
    const bytes = Buffer.from(records.map(encodeRecord).join(''));
    try {
      writeFully(this.#file, bytes);
    } catch (error) {
      this.#undo();
      throw this.#unwritable(error);
    }
    this.#bytes += bytes.length;
  }

  rewrite(records: Iterable<StoreRecord>): void {
    const draft = `${this.#path}.new`;
    try {
      writeDraft(draft, records);
      renameSync(draft, this.#path);
      const file = openSync(this.#path, 'a+');
      closeSync(this.#file);
      this.#file = file;
      this.#bytes = fstatSync(file).size;
    } catch (error) {
      throw this.#unwritable(error);
    } finally {
      // After a failure too, so that not every append tries again.
      this.#rewriteAtBytes = Math.max(JOURNAL_COMPACT_MIN_BYTES, this.#bytes * 2);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Half a line must not stay, or the next one would be read as its end. */
  #undo(): void {
    try {
      ftruncateSync(this.#file, this.#bytes);
    } catch {
      // The write's own error is the one to report.
    }
  }

  #decode(text: string, line: number): StoreRecord {
    try {
      return decodeRecord(text);
    } catch (error) {
      throw new Error(`${this.#path} line ${line} cannot be read (${describe(error)}); remove the file to start anew`, {
        cause: error,
      });
    }
  }

  #unwritable(error: unknown): ApiError {
    return new ApiError('FAILED_PRECONDITION', `cannot write the data folder ${this.#folder}: ${describe(error)}`);
  }
}

function writeDraft(path: string, records: Iterable<StoreRecord>): void {
  const file = openSync(path, 'w');
  try {
    let batch = '';
    for (const record of records) {
      batch += encodeRecord(record);
      if (batch.length < BATCH_BYTES) continue;
      writeFully(file, Buffer.from(batch));
      batch = '';
    }
    writeFully(file, Buffer.from(batch));
  } finally {
    closeSync(file);
  }
}

function writeFully(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

function describe(error: unknown): string {
  // Not by `instanceof`: under a test runner the file system's errors are of another realm's class.
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
