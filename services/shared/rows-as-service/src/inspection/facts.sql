-- What a set-up needs of its database, in one row. Asks only catalogues that every role may read, and for nothing
-- that an empty database would refuse. No side effects.
select jsonb_build_object(
  'role', current_user,
  'clock', clock_timestamp(),
  'is_supabase', (
    select count(*) = 4 from pg_catalog.pg_roles r
    where r.rolname in ('anon', 'authenticated', 'service_role', 'authenticator')
  ),
  'is_owner', coalesce((
    select bool_and(pg_catalog.pg_has_role(c.relowner, 'usage'))
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where (n.nspname, c.relname) in (('public', 'customers'), ('private', 'sign_in_rules'))
  ), (
    select pg_catalog.pg_has_role(r.oid, 'usage') from pg_catalog.pg_roles r where r.rolname = 'postgres'
  ), false),
  'process_roles', (
    select coalesce(jsonb_agg(r.rolname order by r.rolname), '[]') from pg_catalog.pg_roles r
    where r.rolname like 'dnwerks\_%'
      and pg_catalog.pg_has_role(r.oid, 'usage')
  ),
  'has_tables', exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where (n.nspname, c.relname) = ('private', 'sign_in_rules')
  ),
  'publication', (
    select jsonb_build_object(
      'publishes', array_remove(array[
        case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
        case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end
      ], null),
      'tables', (
        select coalesce(jsonb_agg(t.schemaname || '.' || t.tablename order by 1), '[]')
        from pg_catalog.pg_publication_tables t where t.pubname = p.pubname
      )
    )
    from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime'
  ),
  -- A setting for this database wins over one for all of them.
  'pre_request', (
    select substring(s.setting from '=(.*)')
    from pg_catalog.pg_db_role_setting d
    join pg_catalog.pg_roles r on r.oid = d.setrole and r.rolname = 'authenticator'
    cross join unnest(d.setconfig) s (setting)
    where s.setting like 'pgrst.db\_pre\_request=%'
      and d.setdatabase in (0, (select b.oid from pg_catalog.pg_database b where b.datname = current_database()))
    order by d.setdatabase desc limit 1
  ),
  -- The functions that Auth is to call, and may.
  'hooks', (
    select coalesce(jsonb_agg(p.proname), '[]')
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace and n.nspname = 'private'
    join pg_catalog.pg_roles r on r.rolname = 'supabase_auth_admin'
    where p.proname in ('before_user_created', 'custom_access_token')
      and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')
      and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')
  )
)
