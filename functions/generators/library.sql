-- The application's own tables. Created when missing, left alone when present.

create table if not exists books_table (
  id           bigint primary key,
  title        text not null,
  author_name  text,
  genre        text[] not null,
  release_year integer,
  stock        integer not null,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now()
);

create table if not exists library_member (
  id         bigint primary key,
  name       text not null,
  age        integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table if not exists rent_table (
  id                bigint primary key,
  book_id           bigint not null references books_table,
  library_member_id bigint not null references library_member,
  rent_date         date not null,
  return_date       date not null,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now()
);

create index if not exists books_table_updated_at on books_table (updated_at);
create index if not exists library_member_updated_at on library_member (updated_at);
create index if not exists rent_table_updated_at on rent_table (updated_at);

-- Keeps updated_at at the transaction's time, whoever changes a row.
create or replace function touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

create or replace trigger touch before insert or update on books_table for each row execute function touch_updated_at();
create or replace trigger touch before insert or update on library_member for each row execute function touch_updated_at();
create or replace trigger touch before insert or update on rent_table for each row execute function touch_updated_at();

-- Which runs have generated already, in the same database as their rows, so that both are committed or neither.
create table if not exists alir_generated (
  run_id text primary key,
  counts jsonb not null
);
