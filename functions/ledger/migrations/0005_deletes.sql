-- A run that looks for rows which are gone from the source, and moves none. `accept` is how large a share of a final table
-- whoever asked for it lets go, in the place of what the pipeline says.
create table if not exists delete_run (
  run_id text primary key references run,
  accept double precision check (accept between 0 and 1)
);
