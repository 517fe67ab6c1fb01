-- Runs, table runs, slices, cursors and the leases and claims that keep them right.
-- Every change of state is one UPDATE … WHERE state = <the state it must have>: a compare-and-set.

create table run (
  run_id      text primary key,
  pipeline    text not null,
  -- The scheduled instant that the run stands for; for a manual run, when it was asked for.
  tick        timestamptz not null,
  manual      boolean not null default false,
  state       text not null default 'running' check (state in ('running', 'succeeded', 'failed', 'skipped')),
  -- What a run without tables did, for people: {"books": 25, …}.
  result      jsonb,
  reason      text,
  started_at  timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create index run_by_pipeline on run (pipeline, started_at desc);

create table table_run (
  run_id      text not null references run,
  table_name  text not null,
  pipeline    text not null,
  state       text not null default 'pending' check (state in
    ('pending', 'queued', 'encoding', 'loading', 'auditing', 'merging', 'succeeded', 'failed', 'skipped')),
  -- The fencing token under which this table run holds the table's lease.
  fence       bigint,
  cursor_from text,
  cursor_to   text,
  slices      integer,
  extracted   bigint,
  encoded     bigint,
  quarantined bigint,
  bytes       bigint,
  loaded      bigint,
  merged      bigint,
  -- Results of the expectations: [{"expectation": …, "met": true, …}].
  audit       jsonb,
  reason      text,
  started_at  timestamptz,
  finished_at timestamptz,
  primary key (run_id, table_name)
);
create index table_run_open on table_run (pipeline, table_name)
  where state not in ('succeeded', 'failed', 'skipped');

-- One row per table: who may write it now. The fence grows with every acquisition and never goes back.
create table lease (
  pipeline   text not null,
  table_name text not null,
  fence      bigint not null default 0,
  run_id     text,
  expires_at timestamptz,
  primary key (pipeline, table_name)
);

-- Where the next run of a table begins. Written in the transaction that ends the table run, and nowhere else.
create table cursor (
  pipeline   text not null,
  table_name text not null,
  value      text not null,
  run_id     text not null references run,
  primary key (pipeline, table_name)
);

create table slice (
  run_id      text not null,
  table_name  text not null,
  slice       integer not null,
  -- {"from": key or null, "to": key or null}: from <= key < to.
  bounds      jsonb not null,
  object      text,
  generation  text,
  extracted   bigint,
  encoded     bigint,
  quarantined bigint,
  bytes       bigint,
  primary key (run_id, table_name, slice),
  foreign key (run_id, table_name) references table_run
);

-- One row per call of a function that must happen once: claimed under a token, done with a result.
create table task (
  run_id        text not null references run,
  table_name    text not null,
  stage         text not null,
  slice         integer not null,
  state         text not null check (state in ('claimed', 'done')),
  token         uuid not null,
  claimed_until timestamptz not null,
  attempts      integer not null default 1,
  error         text,
  result        jsonb,
  primary key (run_id, table_name, stage, slice)
);

-- What no function could do, kept with its bytes.
create table dead_letter (
  message_id  text primary key,
  received_at timestamptz not null default clock_timestamp(),
  run_id      text,
  table_name  text,
  reason      text not null,
  attributes  jsonb not null,
  body        bytea not null
);
