-- What scripts/attack does to the database, one at a time: a description, and the statement. Those of a kind stand together.
with places as (
  select c.oid, c.oid::regclass::text as name, n.nspname as schema, c.relkind, c.relispartition
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm')
),
tables as (select * from places p where p.relkind in ('r', 'p') and not p.relispartition),
columns as (
  select t.oid, t.name, t.schema, a.attnum, quote_ident(a.attname) as attname, a.attnotnull
  from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
),
functions as (
  select p.oid, p.oid::regprocedure::text as name, p.prosecdef, p.prorettype = 'trigger'::regtype as is_trigger, p.proacl
  from pg_proc p
  where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
),
callable as (select * from functions f where not f.is_trigger),
-- Services reach all that runs as its caller: it gives them no more than they have.
callers (role) as (values ('anon'), ('authenticated'), ('service_role'), ('supabase_auth_admin')),
policies as (
  select quote_ident(p.polname) as name, p.polrelid::regclass::text as table_name,
    pg_get_expr(p.polqual, p.polrelid) as shown, pg_get_expr(p.polwithcheck, p.polrelid) as taken
  from pg_policy p
),
processes as (select r.oid, r.rolname as name from pg_roles r where r.rolname like 'dnwerks\_%'),
constraints as (
  select k.contype, quote_ident(k.conname) as name, t.name as table_name, pg_get_constraintdef(k.oid) as definition
  from pg_constraint k join tables t on t.oid = k.conrelid
),
wider_checks as (
  select k.*, w.how, w.definition as wider
  from constraints k, lateral (values
    ('takes one more', (
      select replace(k.definition, m[1] || m[2], m[1] || m[2]::integer + 1) from regexp_match(k.definition, '(<= )(\d+)') m
    )),
    ('takes one less', (
      select replace(k.definition, m[1] || m[2], m[1] || m[2]::integer - 1) from regexp_match(k.definition, '(>=? \(?)(\d+)') m
    )),
    ('takes another word', replace(k.definition, '= ANY (ARRAY[', '= ANY (ARRAY[''other''::text, ')),
    ('takes any end', replace(k.definition, '$''', '''')),
    ('takes any start', replace(k.definition, '''^', ''''))
  ) w (how, definition)
  where k.contype = 'c' and w.definition <> k.definition
),
verbs (name) as (values ('select'), ('insert'), ('update'), ('delete'))

-- Policies. What says "true" can't be wider: those of processes, which their grants bound.
select 'policy ' || p.name || ' dropped', format('drop policy %s on %s', p.name, p.table_name) from policies p
union all
select 'policy ' || p.name || ' shows everything', format('alter policy %s on %s using (true)', p.name, p.table_name)
from policies p where p.shown <> 'true'
union all
select 'policy ' || p.name || ' takes everything', format('alter policy %s on %s with check (true)', p.name, p.table_name)
from policies p where p.taken <> 'true'
union all
select 'policy ' || p.name || ' for everybody', format('alter policy %s on %s to public', p.name, p.table_name) from policies p
union all
select format('row level security of %s off', p.name), format('alter table %s disable row level security', p.name)
from places p where p.relkind in ('r', 'p')

-- What people may do to tables, columns and sequences.
union all
select format('%s on %s revoked', lower(g.privilege_type), g.table_name), format('revoke %s on %I.%I from authenticated', g.privilege_type, g.table_schema, g.table_name)
from information_schema.role_table_grants g where g.grantee = 'authenticated' and g.table_schema in ('public', 'private')
union all
select format('%s on %s granted to authenticated', v.name, p.name), format('grant %s on %s to authenticated', v.name, p.name)
from places p, verbs v where not has_table_privilege('authenticated', p.oid, v.name)
union all
select format('select on %s granted to anon', p.name), format('grant select on %s to anon', p.name) from places p
union all
select format('%s of %s.%s %s authenticated', v.name, c.name, c.attname, m.verb), format('%s %s (%s) on %s %s authenticated', m.act, v.name, c.attname, c.name, m.preposition)
from columns c, verbs v, (values (true, 'revoked from', 'revoke', 'from'), (false, 'granted to', 'grant', 'to')) m (given, verb, act, preposition)
where c.schema = 'public' and v.name <> 'delete' and m.given = has_column_privilege('authenticated', c.oid, c.attnum, v.name)
  -- To take a column from who has the whole table changes nothing.
  and not has_table_privilege('authenticated', c.oid, v.name)
union all
select format('usage of %s granted to authenticated', c.oid::regclass), format('grant usage on sequence %s to authenticated', c.oid::regclass)
from pg_class c where c.relkind = 'S' and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')

-- Functions.
union all
select format('execute on %s revoked from %s', f.name, c.role), format('revoke execute on function %s from %s', f.name, c.role)
from callable f, callers c where has_function_privilege(c.role, f.oid, 'execute') and (f.prosecdef or c.role <> 'service_role')
union all
select format('execute on %s granted to %s', f.name, c.role), format('grant execute on function %s to %s', f.name, c.role)
from callable f, callers c where not has_function_privilege(c.role, f.oid, 'execute') and (f.prosecdef or c.role <> 'service_role')
union all
select format('execute on %s granted to everybody', f.name), format('grant execute on function %s to public', f.name) from callable f
union all
select format('%s finds names anywhere', f.name), format('alter function %s reset search_path', f.name) from functions f where f.prosecdef
union all
select format('%s runs as its caller', f.name), format('alter function %s security invoker', f.name) from functions f where f.prosecdef
union all
select format('%s runs as its owner', f.name), format('alter function %s security definer', f.name)
from callable f where not f.prosecdef and has_function_privilege('authenticated', f.oid, 'execute')

-- Processes: each has a role of its own.
union all
select format('%s on %s revoked from %s', lower(a.privilege_type), p.name, r.name), format('revoke %s on %s from %s', a.privilege_type, p.name, r.name)
from places p join pg_class c on c.oid = p.oid, aclexplode(c.relacl) a join processes r on r.oid = a.grantee
union all
select format('%s of %s.%s revoked from %s', lower(a.privilege_type), c.name, c.attname, r.name), format('revoke %s (%s) on %s from %s', a.privilege_type, c.attname, c.name, r.name)
from columns c join pg_attribute t on t.attrelid = c.oid and t.attnum = c.attnum, aclexplode(t.attacl) a join processes r on r.oid = a.grantee
union all
select format('execute on %s revoked from %s', f.name, r.name), format('revoke execute on function %s from %s', f.name, r.name)
from functions f, aclexplode(f.proacl) a join processes r on r.oid = a.grantee
union all
select format('%s on %s granted to %s', v.name, p.name, r.name), format('grant %s on %s to %s', v.name, p.name, r.name)
from places p, processes r, verbs v where not has_table_privilege(r.oid, p.oid, v.name)
  -- Of tables that are not the process's at all, reading stands for the rest.
  and (v.name = 'select' or has_any_column_privilege(r.oid, p.oid, 'select, insert, update'))
union all
select format('execute on %s granted to %s', f.name, r.name), format('grant execute on function %s to %s', f.name, r.name)
from callable f, processes r where f.prosecdef and not has_function_privilege(r.oid, f.oid, 'execute')

-- Roles and schemas.
union all
select format('%s may become %s', m.name, r.rolname), format('grant %I to %I', r.rolname, m.name)
from pg_roles r, (values ('anon'), ('authenticated'), ('authenticator')) m (name)
where (r.rolname like 'dnwerks\_%' or r.rolname in ('service_role', 'supabase_auth_admin')) and not pg_has_role(m.name, r.oid, 'member')
union all
select format('%s may make roles', r.name), format('alter role %s createrole', r.name) from processes r
union all
select format('%s makes things in %s', r.rolname, s.name), format('grant create on schema %s to %I', s.name, r.rolname)
from pg_roles r, (values ('public'), ('private')) s (name)
where (r.rolname in ('anon', 'authenticated', 'service_role') or r.rolname like 'dnwerks\_%')
  -- What postgres may not give away, no migration does.
  and has_schema_privilege(s.name, 'create with grant option')
union all
select format('new %s in %s are for %s', k.name, s.name, r.rolname), format('alter default privileges in schema %s grant all on %s to %I', s.name, k.name, r.rolname)
from (values ('tables'), ('sequences'), ('functions')) k (name), (values ('public'), ('private')) s (name), pg_roles r
where r.rolname in ('anon', 'authenticated', 'service_role') or r.rolname like 'dnwerks\_%'

-- What is checked, and what follows a change.
union all
select format('check %s of %s dropped', k.name, k.table_name), format('alter table %s drop constraint %s', k.table_name, k.name)
from constraints k where k.contype = 'c'
union all
select format('check %s of %s %s', k.name, k.table_name, k.how),
  format('alter table %s drop constraint %s, add constraint %s %s', k.table_name, k.name, k.name, k.wider)
from wider_checks k
union all
select format('foreign key %s of %s dropped', k.name, k.table_name), format('alter table %s drop constraint %s', k.table_name, k.name)
from constraints k where k.contype = 'f'
union all
select format('unique %s of %s dropped', k.name, k.table_name), format('alter table %s drop constraint %s', k.table_name, k.name)
from constraints k where k.contype = 'u'
union all
select format('unique %s dropped', i.indexrelid::regclass), format('drop index %s', i.indexrelid::regclass)
from pg_index i join places p on p.oid = i.indrelid
where i.indisunique and not p.relispartition and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
union all
select format('null allowed in %s.%s', c.name, c.attname), format('alter table %s alter column %s drop not null', c.name, c.attname)
from columns c
where c.schema = 'public' and c.attnotnull
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and c.attnum = any (i.indkey))
union all
select format('trigger %I of %s disabled', g.tgname, t.name), format('alter table %s disable trigger %I', t.name, g.tgname)
from pg_trigger g join tables t on t.oid = g.tgrelid where not g.tgisinternal
union all
select format('trigger %I of %s skipped by who may', g.tgname, t.name), format('alter table %s enable trigger %I', t.name, g.tgname)
from pg_trigger g join tables t on t.oid = g.tgrelid where g.tgenabled = 'A'

-- Realtime.
union all
select format('%s published', t.name), format('alter publication supabase_realtime add table %s', t.name)
from tables t
where not exists (select from pg_publication_rel r where r.prrelid = t.oid)
union all
select format('%s not published', t.name), format('alter publication supabase_realtime drop table %s', t.name)
from tables t where exists (select from pg_publication_rel r where r.prrelid = t.oid)
union all
select format('%s published with the rows from before', t.name), format('alter table %s replica identity full', t.name)
from tables t where exists (select from pg_publication_rel r where r.prrelid = t.oid)
union all
values ('deletions published', 'alter publication supabase_realtime set (publish = ''insert, update, delete'')')
