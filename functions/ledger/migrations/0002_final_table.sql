-- Which final table a cursor belongs to, as BigQuery tells them apart: by when it was created. A table that was dropped
-- and made again under the same name is empty, and what the cursor has left behind is not in it.
alter table table_run add column target text;
alter table cursor add column target text;
