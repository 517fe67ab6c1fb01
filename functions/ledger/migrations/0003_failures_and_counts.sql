-- What failed, as data and not only as a sentence; what a table run was made of; and the counts, held to by the ledger
-- itself. Everything can be repeated, and adds only what is optional, so that a function of the version before goes on.

-- In the order in which the functions lock them, so that nobody waits for one who waits for us.
lock table run, task, table_run, slice in access exclusive mode;

-- terminal | transient | unknown, a code of functions/runtime/errors.ts, and the error's own words. `reason` is what
-- people are told, e.g. that Pub/Sub gave up; the error is why.
alter table run
  add column if not exists error_class text,
  add column if not exists error_code text;
alter table task
  add column if not exists error_class text,
  add column if not exists error_code text;
alter table table_run
  add column if not exists error_class text,
  add column if not exists error_code text,
  add column if not exists error_text text,
  -- sha256 of what of the contract decides over values: functions/ledger/fingerprint.ts.
  add column if not exists contract text,
  -- BigQuery's jobs, the newest attempt of each, and what the merge is billed for, in bytes.
  add column if not exists load_job text,
  add column if not exists merge_job text,
  add column if not exists bytes_billed bigint;

-- Counts reconcile: extracted = encoded + quarantined, and encoded = loaded. `not valid`: rows that are there already are
-- left alone, and whatever is written from now on is checked.
alter table slice
  drop constraint if exists slice_counts,
  add constraint slice_counts check (extracted = encoded + quarantined) not valid;
alter table table_run
  drop constraint if exists table_run_encoded,
  drop constraint if exists table_run_loaded,
  drop constraint if exists table_run_counted,
  add constraint table_run_encoded check (extracted = encoded + quarantined) not valid,
  add constraint table_run_loaded check (loaded = encoded) not valid,
  -- A comparison with null is no mismatch, so that a stage is done only with its counts is said apart.
  add constraint table_run_counted check (
    (state not in ('loading', 'auditing', 'merging', 'succeeded') or num_nulls(extracted, encoded, quarantined) = 0)
    and (state not in ('auditing', 'merging', 'succeeded') or loaded is not null)
    and (state <> 'succeeded' or merged is not null)) not valid;
