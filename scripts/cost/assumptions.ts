import type { FunctionName } from '../../pipelines/model/names.ts';

/** Everything that the plan and the volumes do not say. The report says each of these out loud. */
export const ASSUMED = {
  /** Of a call's whole duration, start of the instance and waiting for BigQuery included. */
  seconds: { generate: 5, tick: 2, extract: 3, encode: 3, load: 8, audit: 4, merge: 8, notify: 1 },
  /** On top of the above. */
  encodedRowsPerSecond: 50_000,
  loadedBytesPerSecond: 50_000_000,
  stringCharacters: 20,
  arrayItems: 3,
  /** Rows of a table of which nobody says anything. */
  rows: 1000,
  /** A compressed Avro file, in relation to BigQuery's logical bytes. */
  compression: 0.5,
  /** An Avro file without rows: its schema, mostly. */
  fileBytes: 1500,
  logBytesPerCall: 5000,
  /** What a call sends to Postgres: statements, not rows. */
  networkBytesPerCall: 50_000,
  imageGb: 0.25,
  deploymentsPerMonth: 10,
  buildMinutes: 2,
  sqlDiskGib: 10,
  sqlBackupGib: 10,
} as const satisfies {
  readonly seconds: Readonly<Record<FunctionName | 'tick', number>>;
  readonly [name: string]: unknown;
};

/** The sentences of the report that are the same for every estimate. */
export const GENERAL_ASSUMPTIONS: readonly string[] = [
  'The month is the twelfth of steady operation, with what is stored at its end; every message is delivered once and every call succeeds.',
  `Seconds per call: ${Object.entries(ASSUMED.seconds)
    .map(([name, seconds]) => `${name} ${seconds}`)
    .join(
      ', ',
    )}; encode takes 1 s more per ${thousands(ASSUMED.encodedRowsPerSecond)} rows, load 1 s per ${ASSUMED.loadedBytesPerSecond / 1e6} MB.`,
  'Each call starts its own instance, which with an existing Postgres reads its secrets (an upper bound); a call is billed in steps of 100 ms.',
  'A function without declared CPU has what Cloud Run gives for its memory.',
  `A string has ${ASSUMED.stringCharacters} characters, an array ${ASSUMED.arrayItems} items; a file in the lake has half of the rows' logical bytes, and ${thousands(ASSUMED.fileBytes)} bytes.`,
  'Rows that are not new are changes spread evenly over the table; rows that a table already holds came at the same pace.',
  'A query is billed for at least 10 MiB of each table that it reads anything of; nobody but the pipelines queries.',
  `A call writes ${thousands(ASSUMED.logBytesPerCall)} bytes of log and sends ${thousands(ASSUMED.networkBytesPerCall)} to Postgres, always in another zone.`,
  `${ASSUMED.deploymentsPerMonth} deployments a month build every function, ${ASSUMED.buildMinutes} minutes each; an image has ${ASSUMED.imageGb} GB.`,
];

export function thousands(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
