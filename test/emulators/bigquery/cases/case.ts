/**
 * GoogleSQL in, wire values out. What is expected is written from Google's reference (`doc`), never from our own output.
 * A scalar on the wire is text, NULL is null, an array [{v}], a struct {f:[{v}]}; TIMESTAMP is microseconds.
 */
export interface CaseGroup {
  readonly group: string;
  readonly doc: string;
  readonly cases: readonly (readonly [sql: string, expected: readonly unknown[] | { readonly error: RegExp }])[];
}

export const REFERENCE = 'https://cloud.google.com/bigquery/docs/reference/standard-sql';
export const fails = (error: RegExp): { readonly error: RegExp } => ({ error });
