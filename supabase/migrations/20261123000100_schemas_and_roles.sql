-- The foundation: the schema `private`, default privileges, extensions,
-- and two functions that most tables use. Read the files of this folder from the first to the last.
--
-- Supabase creates the roles; no migration does:
--   anon                 PostgREST without a sign-in. It is granted nothing here.
--   authenticated        PostgREST for a signed-in user. Row level security decides which rows.
--   service_role         PostgREST with the service key. Row level security does not apply to it.
--   supabase_auth_admin  Auth (GoTrue). It calls our two hooks and fires our triggers on auth.users.
--   postgres             Owns all of this. Our own services connect as it.

-- Everything that PostgREST must not expose: rules, helpers, queues of work.
create schema if not exists private;
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role, supabase_auth_admin;

-- Nobody may use a table or call a function unless a migration grants it to them by name. A hosted
-- project grants new ones in `public` to all three of these roles, unless it is told not to.
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke execute on functions from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;

-- Every table has row level security, also those in `private`: a grant too many then opens nothing. It is not forced:
-- our functions and services act as the owner of the tables, and `service_role` bypasses it. And every text, list and
-- object that people can write has a length. supabase/tests/105_catalogue_test.sql fails for whatever forgets it.

-- The advisors of Supabase (`supabase db advisors`) warn of three things here that are meant, and of nothing else:
--   0029  People may call functions that run as their owner. That is how they launch, list and delete: each checks the
--         caller first, and is on the list in supabase/tests/107_functions_test.sql.
--   0011  Some functions have no `search_path` of their own, since with one Postgres can't inline them into the queries
--         of imports and sending. They run as their caller, and name what they read with its schema.
--   0027  Where pg_graphql is installed, signed-in people see the names of the tables. They see them through PostgREST.

-- Trigrams and the owner in one index, for the search of customers.
create extension if not exists pg_trgm with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- Who locks what first, so that nobody waits in a circle:
--   sending     see the file "send_work": sender, lanes, owner, claims, ranges, messages, suppressions, campaigns
--   customers   the import's record, the account's advisory lock, customers in the order of their ids, and then what their
--               triggers and foreign keys touch: the search, messages, campaigns in the order of their ids
--   accounts    an invitation, a profile, its tokens, the admins' records of them, mails
-- Where two orders meet all the same (somebody is deleted in Auth while a person whom they invited signs up), Postgres
-- ends one of them with 40P01, and it can be tried again.

-- Tables say what their triggers are; those that are called audit… are all in the file of the audited tables.

-- What a person asks for waits for a locked row for less time than a statement may take (8 s), so that it ends with 55P03
-- "lock_not_available", which says what is wrong and that it can be tried again, and not with a time-out or, with a
-- function that may take minutes, after those. PostgREST sets it for each request. Workers set their own.
do $$
begin
  alter role authenticated set lock_timeout = '4s';
exception when insufficient_privilege then
  raise warning 'lock_timeout of the role authenticated is not ours to set: an operator has to';
end
$$;

-- A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits. Ids ordered by
-- time are appended to an index instead of spread over it, which makes large inserts much faster.
create function private.uuid_v7() returns uuid
language sql volatile parallel safe
set search_path = ''
as $$
  select encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
          from 1 for 6
        ),
        52, 1
      ),
      53, 1
    ),
    'hex'
  )::uuid
$$;
grant execute on function private.uuid_v7() to authenticated, service_role, supabase_auth_admin;

-- The function of every trigger `touch_updated_at`. Each of them has a `when` that skips an update
-- that sets `updated_at` itself, unless a person does.
create function private.touch_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

-- The clock of everything that waits: schedules, rates, quiet hours, retries, doubts. It is the machine's,
-- plus an offset that only tests write. No triggers.
create table private.clock_offset (
  only_row boolean primary key default true check (only_row),
  moved_by interval not null default '0'
);
alter table private.clock_offset enable row level security;
insert into private.clock_offset default values;
grant select on private.clock_offset to service_role;

create function private.clock() returns timestamp with time zone
-- Called in every take and for every group of callbacks: an SQL function would be planned anew each time.
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return (select clock_timestamp() + o.moved_by from private.clock_offset o);
end
$$;
grant execute on function private.clock() to authenticated, service_role;
