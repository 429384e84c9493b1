-- What PostgREST does before a request's own statement and `postrust` doesn't. Called as the request's role.
set client_min_messages = warning;
create schema if not exists localstack;
create or replace function localstack.hoist_settings() returns void
language plpgsql
as $$
declare
  called constant text := substring(current_setting('request.path', true) from '/rpc/([^/?]+)$');
  database constant oid := (select d.oid from pg_database d where d.datname = current_database());
  setting text;
  checks text;
  writes boolean;
  callable boolean;
begin
  -- The role's own settings, such as anon's statement_timeout: a change of role doesn't apply them. PostgREST sets
  -- its search_path after them.
  for setting in
    select unnest(s.setconfig)
    from pg_db_role_setting s
    where s.setrole = to_regrole(quote_ident(current_user)) and s.setdatabase in (0, database)
    order by s.setdatabase
  loop
    if setting not like 'search_path=%' then
      perform set_config(split_part(setting, '=', 1), substring(setting from '=(.*)'), true);
    end if;
  end loop;
  -- The function's own statement_timeout: within the call it comes too late.
  for setting in
    select unnest(p.proconfig) from pg_proc p where p.proname = called and p.pronamespace = to_regnamespace(current_schema())
  loop
    if setting like 'statement_timeout=%' then
      perform set_config('statement_timeout', split_part(setting, '=', 2), true);
    end if;
  end loop;
  -- A function that says it writes nothing is held to it.
  select bool_or(p.provolatile = 'v'), bool_or(has_function_privilege(p.oid, 'execute'))
  into writes, callable
  from pg_proc p
  where p.proname = called and p.pronamespace = to_regnamespace(current_schema());
  if not writes then
    perform set_config('transaction_read_only', 'on', true);
  end if;
  -- The check that the project configured: alter role authenticator set pgrst.db_pre_request = 'schema.function'.
  select substring(entry from '=(.*)') into checks
  from pg_db_role_setting s, unnest(s.setconfig) entry
  where s.setrole = to_regrole('authenticator') and s.setdatabase in (0, database)
    and entry like 'pgrst.db_pre_request=%'
  order by s.setdatabase desc
  limit 1;
  if checks <> '' then
    execute format('select %s()', checks);
  end if;
  -- Postgres would read the arguments first, and refuse those.
  if not callable then
    raise insufficient_privilege using message = format('permission denied for function %s', called);
  end if;
end
$$;
grant usage on schema localstack to anon, authenticated, service_role;
