-- PostgREST sets what a function's own `set statement_timeout` says before it calls the function,
-- since within the call it comes too late. Asked before every request, as the request's role.
set client_min_messages = warning;
create schema if not exists localstack;
create or replace function localstack.hoist_settings() returns void
language plpgsql
set search_path = ''
as $$
declare
  setting text;
begin
  for setting in
    select unnest(p.proconfig)
    from pg_catalog.pg_proc p
    where p.proname = substring(current_setting('request.path', true) from '/rpc/([^/?]+)$')
      and p.pronamespace = 'public'::regnamespace
  loop
    if setting like 'statement_timeout=%' then
      perform set_config('statement_timeout', split_part(setting, '=', 2), true);
    end if;
  end loop;
end
$$;
grant usage on schema localstack to anon, authenticated, service_role;
