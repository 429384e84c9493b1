-- Makes a plain Postgres look like a Supabase project. Runs once per cluster, as `supabase_admin`
-- (the superuser that initdb made), in the database `postgres`.

create role postgres login createdb createrole replication bypassrls;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
create role supabase_auth_admin login noinherit createrole;
create role supabase_storage_admin login noinherit createrole;
create role supabase_realtime_admin nologin noinherit;
create role dashboard_user nologin createdb createrole replication;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres;
grant supabase_auth_admin to postgres;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
-- On hosted projects `postgres` may configure PostgREST: alter role authenticator set pgrst.db_pre_request = …
grant authenticator to postgres with admin option;
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';

create schema extensions;
create extension "uuid-ossp" with schema extensions;
create extension pgcrypto with schema extensions;

create schema auth;
create schema storage;
create schema realtime;
create schema graphql_public;
create schema supabase_migrations authorization postgres;

grant usage on schema extensions to anon, authenticated, service_role, postgres, supabase_auth_admin;
grant usage on schema auth to anon, authenticated, service_role, postgres, dashboard_user;
grant all on schema auth to supabase_auth_admin;
grant usage on schema public to anon, authenticated, service_role, supabase_auth_admin;
grant usage, create on schema public to postgres;
grant usage on schema realtime, storage to anon, authenticated, service_role, postgres;

-- As on hosted projects: whatever `postgres` makes in `public` is everybody's, unless a migration revokes it.
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;

-- What hosted projects record of the migrations that the CLI applied.
create table supabase_migrations.schema_migrations (
    version text primary key,
    statements text[],
    name text
);
alter table supabase_migrations.schema_migrations owner to postgres;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
