-- What the rules of this database are made of. PostgREST never exposes `private`.
create schema if not exists private;
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role, supabase_auth_admin;

-- A function is callable only by whom a migration names.
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke execute on functions from anon, authenticated, service_role;

-- Time-ordered ids (RFC 9562, version 7): a million of them touch an index from left to right,
-- which is most of what makes a large insert fast. 48 bits of milliseconds, then random bits.
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

create function private.touch_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

-- Portable queues: hosted projects have the extension, a plain Postgres may carry its SQL instead.
do $$
begin
  if to_regnamespace('pgmq') is null then
    create extension pgmq;
  end if;
end
$$;
