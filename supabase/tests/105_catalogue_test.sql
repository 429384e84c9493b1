-- Made from the catalogue, so that nothing new is forgotten: tables, policies, grants, indexes of foreign keys. Whoever adds
-- one adds it to the lists here, and says there what is special about it. See also 106 (lengths), 107 (functions), 108
-- (advisors), 109 (checks), 111 (keys).
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
-- So that names are written with their schemas.
set local search_path = extensions;

create temp view ours as
select c.oid, n.nspname || '.' || c.relname as name, n.nspname as schema, c.relkind, c.relrowsecurity, c.relacl
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e');

-- Row level security.
select is_empty(
  $$ select o.name from ours o where o.relkind in ('r', 'p') and not o.relrowsecurity $$,
  'every table in public and private has row level security, also one that is made while the services run'
);
-- A question about the caller without what makes it be asked once: see 0003 in 108.
create function pg_temp.plain(condition text) returns text language sql as $$
  select regexp_replace(
    regexp_replace(condition, '\s+', ' ', 'g'), '\( SELECT (?:auth|private)\.(\w+)\(\) AS \w+\)(::uuid\[\])?', '\1()', 'g'
  )
$$;
create temp table policies (table_name text, policy text, command text, seen text, written text);
insert into policies values
  ('public.admin_password_resets', 'admins_read_admin_password_resets', 'select',
    'is_admin()', NULL),
  ('public.campaign_messages', 'read_own_campaign_messages', 'select',
    '((campaign_id IN ( SELECT c.id FROM public.campaigns c WHERE (c.user_id = my_profile_id()))) OR (is_admin() AND (customer_id IS NOT NULL)))', NULL),
  ('public.campaign_skips', 'read_own_campaign_skips', 'select',
    '((campaign_id IN ( SELECT c.id FROM public.campaigns c WHERE (c.user_id = my_profile_id()))) OR is_admin())', NULL),
  ('public.campaign_templates', 'delete_own_templates', 'delete',
    '((user_id = my_profile_id()) OR is_admin())', NULL),
  ('public.campaign_templates', 'insert_own_templates', 'insert',
    NULL, '((user_id = my_profile_id()) OR is_admin())'),
  ('public.campaign_templates', 'read_own_templates', 'select',
    '((user_id = my_profile_id()) OR is_admin())', NULL),
  ('public.campaign_templates', 'update_own_templates', 'update',
    '((user_id = my_profile_id()) OR is_admin())', '((user_id = my_profile_id()) OR is_admin())'),
  ('public.campaigns', 'delete_own_campaigns', 'delete',
    '((test_of IS NULL) AND (reply_to IS NULL) AND ((user_id = my_profile_id()) OR is_admin()))', NULL),
  ('public.campaigns', 'insert_own_campaigns', 'insert',
    NULL, '((user_id = my_profile_id()) OR is_admin())'),
  ('public.campaigns', 'read_own_campaigns', 'select',
    '((test_of IS NULL) AND (reply_to IS NULL) AND ((user_id = my_profile_id()) OR is_admin()))', NULL),
  ('public.campaigns', 'update_own_campaigns', 'update',
    '((test_of IS NULL) AND (reply_to IS NULL) AND ((user_id = my_profile_id()) OR is_admin()))', '((user_id = my_profile_id()) OR is_admin())'),
  ('public.conversation_messages', 'read_own_conversation_messages', 'select',
    '(conversation_id IN ( SELECT c.id FROM public.conversations c))', NULL),
  ('public.conversations', 'read_own_conversations', 'select',
    '((user_id = my_profile_id()) OR is_admin())', NULL),
  ('public.customer_import_rejects', 'read_own_customer_import_rejects', 'select',
    '(import_id IN ( SELECT i.id FROM public.customer_imports i WHERE (i.user_id = ANY (owners_i_see()))))', NULL),
  ('public.customer_imports', 'read_own_customer_imports', 'select',
    '(user_id = ANY (owners_i_see()))', NULL),
  ('public.customers', 'delete_own_customers', 'delete',
    '((user_id = ANY (owners_i_see())) OR ((user_id IS NULL) AND is_admin()))', NULL),
  ('public.customers', 'insert_own_customers', 'insert',
    NULL, '((user_id = my_profile_id()) OR is_admin())'),
  ('public.customers', 'read_own_customers', 'select',
    '((user_id = ANY (owners_i_see())) OR ((user_id IS NULL) AND is_admin()))', NULL),
  ('public.customers', 'update_own_customers', 'update',
    '((user_id = ANY (owners_i_see())) OR ((user_id IS NULL) AND is_admin()))', '((user_id = my_profile_id()) OR is_admin())'),
  ('public.deleted_customers', 'read_own_deleted_customers', 'select',
    '((user_id = ANY (owners_i_see())) OR ((user_id IS NULL) AND is_admin()))', NULL),
  ('public.invite_codes', 'admins_read_invite_codes', 'select',
    'is_admin()', NULL),
  ('public.invite_redemptions', 'admins_read_invite_redemptions', 'select',
    'is_admin()', NULL),
  ('public.password_reset_tokens', 'admins_read_password_reset_tokens', 'select',
    'is_admin()', NULL),
  ('public.phone_lookups', 'read_own_phone_lookups', 'select',
    '((user_id = my_profile_id()) OR is_admin())', NULL),
  ('public.phone_refusals', 'admins_read_phone_refusals', 'select',
    'is_admin()', NULL),
  ('public.user_profiles', 'admins_decide_on_others', 'update',
    '((deleted_at IS NULL) AND is_admin() AND (user_id IS DISTINCT FROM uid()))', '(is_admin() AND (user_id IS DISTINCT FROM uid()))'),
  ('public.user_profiles', 'read_own_profile', 'select',
    '((deleted_at IS NULL) AND ((user_id = signed_in_user()) OR is_admin()))', NULL);
select bag_eq(
  $$ select p.schemaname || '.' || p.tablename, p.policyname::text, lower(p.cmd), pg_temp.plain(p.qual) as seen, pg_temp.plain(p.with_check) as written
     from pg_policies p
     where p.schemaname in ('public', 'private') and p.roles && '{public,anon,authenticated}' $$,
  'select * from policies',
  'policies for people are those on the list, and say what it says'
);
select is_empty(
  $$ select p.tablename, p.policyname from pg_policies p
     where p.schemaname in ('public', 'private') and p.permissive = 'PERMISSIVE' and p.roles <> '{authenticated}'
       and exists (select from unnest(p.roles) r (role) where r.role not like 'dnwerks\_%') $$,
  'policies are for signed-in people only, or for processes'
);
select is_empty(
  $$ select o.name from ours o where o.schema = 'public' and o.relkind in ('r', 'p')
     and not exists (select from pg_policy p where p.polrelid = o.oid and p.polcmd in ('r', '*')) $$,
  'every table in public has a policy for reading'
);
select is_empty(
  $$ select p.schemaname, p.tablename, p.policyname from pg_policies p
     where p.schemaname in ('public', 'private') and p.cmd in ('INSERT', 'UPDATE', 'ALL') and p.with_check is null $$,
  'every policy for writing says what may be written'
);

-- Grants: to signed-in people those on the list, to everybody and to strangers none.
create temp view given as
select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as role, o.schema, o.name, lower(a.privilege_type) as privilege
from ours o, aclexplode(o.relacl) a
union all
select case a.grantee when 0 then 'public' else a.grantee::regrole::text end, o.schema, o.name,
  lower(a.privilege_type) || ' (' || string_agg(t.attname, ', ' order by t.attnum) || ')'
from ours o join pg_attribute t on t.attrelid = o.oid and not t.attisdropped, aclexplode(t.attacl) a
group by a.grantee, o.schema, o.name, a.privilege_type;

create temp table granted (name text, privilege text);
insert into granted values
  ('public.admin_password_resets', 'select'),
  ('public.campaign_messages', 'select'),
  ('public.campaign_skips', 'select'),
  ('public.campaign_templates', 'delete'),
  ('public.campaign_templates', 'insert (id, user_id, name, message_body, category, is_default)'),
  ('public.campaign_templates', 'select'),
  ('public.campaign_templates', 'update (id, user_id, name, message_body, category, is_default, updated_at)'),
  ('public.campaigns', 'delete'),
  ('public.campaigns', 'insert (id, user_id, name, message_body, status, scheduled_at, audience, sender_id, quiet_hours, requires_consent, template_id)'),
  ('public.campaigns', 'select'),
  ('public.campaigns', 'update (id, user_id, name, message_body, status, scheduled_at, updated_at, audience, sender_id, quiet_hours, requires_consent, template_id)'),
  ('public.conversation_messages', 'select'),
  ('public.conversations', 'select'),
  ('public.customer_import_rejects', 'select'),
  ('public.customer_imports', 'select'),
  ('public.customers', 'delete'),
  ('public.customers', 'insert (id, user_id, phone, first_name, last_name, email, state, status, tags, attributes)'),
  ('public.customers', 'select'),
  ('public.customers', 'update (id, user_id, phone, first_name, last_name, email, state, status, updated_at, tags, attributes)'),
  ('public.deleted_customers', 'select'),
  ('public.invite_codes', 'select'),
  ('public.invite_redemptions', 'select'),
  ('public.password_reset_tokens', 'select (id, user_id, email, expires_at, created_at, used_at, is_used, created_by, reset_type, notes)'),
  ('public.phone_lookups', 'select'),
  ('public.phone_refusals', 'select'),
  ('public.user_profiles', 'select'),
  ('public.user_profiles', 'update (role, status, updated_at)');
select bag_eq(
  $$ select g.name, g.privilege from given g where g.role = 'authenticated' $$,
  'select * from granted',
  'signed-in people may do to tables and columns what is on the list'
);
select is_empty(
  $$ select * from given g where g.role not in ('authenticated', 'service_role', 'postgres') and g.role not like 'dnwerks\_%' $$,
  'nobody else but services may do anything to a table, a view or a sequence'
);
select is_empty(
  $$ select g.* from given g join ours o on o.schema = g.schema and o.name = g.name join pg_class c on c.oid = o.oid
     where c.relispartition and g.role not in ('service_role', 'postgres') $$,
  'a part of a table is reached through the whole, whose policies it has not'
);
select is_empty(
  $$ select n.nspname, a.grantee::regrole, a.privilege_type from pg_namespace n, aclexplode(n.nspacl) a
     where n.nspname = 'private' and (a.privilege_type, a.grantee) not in (
       ('USAGE', 'authenticated'::regrole), ('USAGE', 'service_role'::regrole), ('USAGE', 'supabase_auth_admin'::regrole),
       -- For private.check_request, which PostgREST calls before each request.
       ('USAGE', 'anon'::regrole),
       ('USAGE', 'postgres'::regrole), ('CREATE', 'postgres'::regrole)
     ) and not (a.privilege_type = 'USAGE' and a.grantee::regrole::text like 'dnwerks\_%') $$,
  'the schema private is open to nobody else'
);
select is_empty(
  $$ select r.role from unnest(array['anon', 'authenticated', 'service_role']) r (role), unnest(array['public', 'private']) s (schema)
     where has_schema_privilege(r.role, s.schema, 'create') $$,
  'nobody who comes through PostgREST makes anything in our schemas'
);
select is_empty(
  $$ select r.rolname, m.name
     from pg_roles r, (values ('anon', '{}'::text[]), ('authenticated', '{}'), ('authenticator', '{anon,authenticated,service_role}')) m (name, others)
     where r.rolname <> m.name and r.rolname <> all (m.others) and pg_has_role(m.name, r.oid, 'member') $$,
  'nobody who comes through PostgREST becomes anybody but themselves, a stranger, a signed-in person or a service'
);

-- What a migration makes belongs to nobody until it is granted.
create table public.new_table (id bigint generated always as identity, number serial);
create table private.new_table (id bigint generated always as identity, number serial);
create function public.new_function() returns integer language sql set search_path = '' as 'select 1';
create function private.new_function() returns integer language sql set search_path = '' as 'select 1';
select is_empty(
  $$ select r.rolname, s.name, what
     from pg_roles r, (values ('public'), ('private')) s (name), lateral (values
       ('table', has_table_privilege(r.oid, s.name || '.new_table', 'select, insert, update, delete, truncate, references, trigger')),
       ('sequence', has_sequence_privilege(r.oid, s.name || '.new_table_number_seq', 'usage, select, update')),
       ('function', has_function_privilege(r.oid, s.name || '.new_function()', 'execute'))
     ) w (what, may)
     where w.may and (r.rolname in ('anon', 'authenticated', 'service_role') or r.rolname like 'dnwerks\_%') $$,
  'a new table, sequence or function is open to nobody'
);
drop table public.new_table, private.new_table;
drop function public.new_function(), private.new_function();

-- Foreign keys: an index that starts with their columns, so that a deletion on the other side reads no whole table.
select is_empty(
  $$ select k.conrelid::regclass || '.' || k.conname
     from pg_constraint k join ours o on o.oid = k.conrelid
     where k.contype = 'f' and not exists (
       select from pg_index i
       where i.indrelid = k.conrelid and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
         -- One that leaves out only the rows that name nobody will do.
         and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', (
           select t.attname from pg_attribute t where t.attrelid = k.conrelid and t.attnum = k.conkey[1]
         )))
     ) $$,
  'foreign keys have an index'
);

select * from finish();
rollback;
