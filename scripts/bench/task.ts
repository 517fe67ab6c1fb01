import type { CodecName } from '../../functions/transcoder/codecs.ts';

/** What a way does with a table, or with a file that another way wrote. */
export type WayName =
  'discard' | 'transcoder' | 'bucket' | 'cursor + avsc' | 'JSON lines' | 'read Avro' | 'read JSON lines';

/** How a child process is told what to do: as JSON, its only argument. */
export interface Task {
  readonly way: WayName;
  readonly codec: CodecName;
  readonly url: string;
  /** Quoted. */
  readonly table: string;
  readonly contract: Record<string, unknown>;
  /** Only these rows: a condition in SQL. */
  readonly where?: string;
  /** Where the bytes go, if they are not thrown away; for the ways that read, where they come from. */
  readonly file?: string;
  /** The emulated Cloud Storage, and where in it the file goes. */
  readonly storage?: { readonly host: string; readonly bucket: string };
}

/** What came out: of a file, the records in it and its size. */
export interface Result {
  readonly rows: number;
  readonly bytes: number;
}

/** A way that is connected and knows its columns; only `run` is timed. */
export interface Prepared {
  run(): Promise<Result>;
  close(): Promise<void>;
}

/** What one process did, and when: processes that work side by side are timed together. */
export interface Measure extends Result {
  /** Of the work: from the query, or the first byte of the file, to the end. */
  readonly seconds: number;
  /** When the work began and ended, in ms since 1970. */
  readonly span: readonly [from: number, to: number];
  /** Of the whole process. 0 where nobody can tell, as for psql. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
  /** From the start of the process to its end: what the whole thing took, Node's own start included. */
  readonly processSeconds: number;
}
