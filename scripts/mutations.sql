-- What scripts/attack does to the database, one at a time: a description, and the statement.
with tables as (
  select c.oid, c.oid::regclass::text as name, n.nspname as schema
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relispartition
),
functions as (
  select p.oid, p.oid::regprocedure::text as name, p.prosecdef
  from pg_proc p
  where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prorettype <> 'trigger'::regtype
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
),
policies as (
  select p.polname as name, p.polrelid::regclass::text as table_name, p.polcmd, p.polqual is not null as has_using,
    p.polwithcheck is not null as has_check
  from pg_policy p
)
select 'policy ' || p.name || ' dropped', format('drop policy %I on %s', p.name, p.table_name) from policies p
union all
select 'policy ' || p.name || ' shows everything', format('alter policy %I on %s using (true)', p.name, p.table_name)
from policies p where p.has_using and p.table_name not like 'private.%'
union all
select 'policy ' || p.name || ' takes everything', format('alter policy %I on %s with check (true)', p.name, p.table_name)
from policies p where p.has_check and p.table_name not like 'private.%'
union all
select 'row level security of ' || t.name || ' off', format('alter table %s disable row level security', t.name) from tables t
union all
select format('%s on %s revoked', g.privilege_type, g.table_name), format('revoke %s on %I.%I from authenticated', g.privilege_type, g.table_schema, g.table_name)
from information_schema.role_table_grants g where g.grantee = 'authenticated' and g.table_schema = 'public'
union all
select format('%s on %s granted to authenticated', p.privilege, t.name), format('grant %s on %s to authenticated', p.privilege, t.name)
from tables t, unnest(array['select', 'insert', 'update', 'delete']) p (privilege)
where not has_table_privilege('authenticated', t.oid, p.privilege)
union all
select format('select on %s granted to anon', t.name), format('grant select on %s to anon', t.name) from tables t
union all
select format('execute on %s revoked', f.name), format('revoke execute on function %s from authenticated', f.name)
from functions f where has_function_privilege('authenticated', f.oid, 'execute')
union all
select format('execute on %s granted to authenticated', f.name), format('grant execute on function %s to authenticated', f.name)
from functions f where f.prosecdef and not has_function_privilege('authenticated', f.oid, 'execute')
union all
select format('check %s of %s dropped', k.conname, k.conrelid::regclass), format('alter table %s drop constraint %I', k.conrelid::regclass, k.conname)
from pg_constraint k join tables t on t.oid = k.conrelid where k.contype = 'c'
