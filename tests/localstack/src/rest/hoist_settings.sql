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
  -- What a project itself has called before every request.
  for setting in
    select split_part(c.setting, '=', 2)
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_roles r on r.oid = s.setrole
    cross join unnest(s.setconfig) c (setting)
    where r.rolname = 'authenticator' and c.setting like 'pgrst.db\_pre\_request=%'
  loop
    execute format('select %s()', setting);
  end loop;
end
$$;
grant usage on schema localstack to anon, authenticated, service_role;
