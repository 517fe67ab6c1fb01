import type { Stage } from './names.ts';

/**
 * What the functions tell the log, one line each, in words that the log-based metrics (`watching.ts`) are made of. A line
 * is written when the ledger has committed what it says, and only by the transaction that brought it about, so a message
 * that is delivered twice is told once. What can be lost is the line of a process that dies in the instant between its
 * commit and its line: a metric may be one short, and never one too many. The ledger is the truth.
 */
export interface LogEvents {
  readonly 'run-began': OfRun;
  /** `seconds` from the tick to the end; of a run without tables, `result` says what it did. */
  readonly 'run-ended': OfRun & Ended & { readonly result?: Readonly<Record<string, number>> | undefined };
  /** Rows by how far they came, and `bytes` of the Avro files; absent until the stage that knows them is done. */
  readonly 'table-run-ended': OfTable &
    Ended & {
      readonly extracted?: number | undefined;
      readonly encoded?: number | undefined;
      readonly quarantined?: number | undefined;
      readonly loaded?: number | undefined;
      readonly merged?: number | undefined;
      readonly bytes?: number | undefined;
    };
  /** One expectation of a table run's audit, told when the table run ends. */
  readonly 'expectation-judged': OfTable & {
    readonly expectation: string;
    readonly demands: 'error' | 'warn';
    readonly met: boolean;
    readonly total: number;
    readonly unexpected: number;
  };
  /** A BigQuery job that this call started, whether it succeeded or not; loading is free of charge. */
  readonly 'job-ended': OfTable & {
    readonly stage: Stage;
    readonly jobId: string;
    readonly bytesBilled: number;
  };
  /** A message that no function could do; `giver` is the function that gave it up, `notify` keeps it. */
  readonly 'dead-lettered': {
    readonly messageId: string;
    readonly giver: string;
    readonly reason: string;
    readonly pipeline?: string | undefined;
    readonly runId?: string | undefined;
    readonly table?: string | undefined;
  };
}

interface OfRun {
  readonly pipeline: string;
  readonly runId: string;
}

interface OfTable extends OfRun {
  /** The destination's name. */
  readonly table: string;
}

interface Ended {
  readonly state: 'succeeded' | 'failed' | 'skipped';
  readonly seconds: number;
  readonly reason?: string | undefined;
}

export type LogEventName = keyof LogEvents;

/** One line, as `jsonPayload` has it beside severity, message and the function's `stage`. */
export type LogEvent = { [E in LogEventName]: { readonly event: E } & LogEvents[E] }[LogEventName];
