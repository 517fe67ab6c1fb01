-- What became of a dead letter: when it was sent on again, and as what: a run, or the message of an event.
alter table dead_letter add column if not exists replayed_at timestamptz;
alter table dead_letter add column if not exists replayed_by text;
create index if not exists dead_letter_by_time on dead_letter (received_at desc);

-- Why the rows of a slice were rejected: how many by each rule, and one reason in full. The rows are in quarantine.
create table if not exists rejection (
  run_id     text not null,
  table_name text not null,
  slice      integer not null,
  rule       text not null,
  rows       bigint not null,
  example    text not null,
  primary key (run_id, table_name, slice, rule),
  foreign key (run_id, table_name, slice) references slice
);

-- A run that reads rejected rows again, and the runs that rejected them.
create table if not exists quarantine_replay (
  run_id text primary key references run,
  runs   text[] not null
);

-- What a slice of such a run found of the rows of one of those runs, each row counted once however often it was rejected:
-- `gone` are no longer in the source, `rejected` broke the contract again, and all others came through.
create table if not exists replayed_rows (
  run_id     text not null,
  table_name text not null,
  slice      integer not null,
  of_run     text not null,
  rows       bigint not null,
  gone       bigint not null,
  rejected   bigint not null,
  primary key (run_id, table_name, slice, of_run),
  foreign key (run_id, table_name, slice) references slice
);
create index if not exists replayed_rows_of on replayed_rows (of_run, table_name);
