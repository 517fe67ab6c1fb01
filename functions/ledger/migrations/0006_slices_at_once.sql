-- How many slices of a table run are read at once, as it was when they were planned: each slice that is done begins the
-- one that many places behind it, so a deployment that allows more, or fewer, must not change that in the middle of a run.
alter table table_run add column if not exists slices_at_once integer check (slices_at_once >= 1);
