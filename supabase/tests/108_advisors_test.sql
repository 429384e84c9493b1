-- What Supabase's advisors (github.com/supabase/splinter) warn of, as far as the catalogue shows it; the numbers are theirs.
-- Elsewhere: 0001, 0007, 0008 and 0013 in 105; 0028 and 0029 in 107. Not here: what depends on a running project (0005
-- unused indexes, 0012 anonymous sign-ins, 0020 bloat, 0022 versions of extensions, 0025 buckets), and 0026 and 0027,
-- which follow from the grants in 105.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
set local search_path = extensions;

create temp view ours as
select c.oid, n.nspname as schema, n.nspname || '.' || c.relname as name, c.relkind, c.relispartition
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e');

select is_empty(
  $$ select o.name from ours o where o.relkind in ('v', 'm', 'f') and not exists (
       select from pg_class c where c.oid = o.oid and c.relkind = 'v'
         and c.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}'
     ) and (o.schema = 'public' or has_table_privilege('authenticated', o.oid, 'select') or has_table_privilege('anon', o.oid, 'select')) $$,
  '0002, 0010, 0016, 0017: people reach no view that reads as its owner, no materialized view, no foreign table'
);

-- What is asked for each row instead of once: in a policy, a function about the caller stands in a sub-select.
create temp view policies as
select format('%s.%s.%s', p.schemaname, p.tablename, p.policyname) as name, p.tablename, p.cmd, p.roles, p.permissive,
  concat_ws(' and ', p.qual, p.with_check) as condition
from pg_policies p where p.schemaname in ('public', 'private');
select is_empty(
  $$ select p.name from policies p
     where regexp_replace(
       p.condition, '\( SELECT (auth|private)\.\w+\(\)', '', 'g'
     ) ~ '((auth|private)\.\w+|current_setting)\(' $$,
  '0003: policies ask who the caller is once, not for each row'
);

create temp table without_key (name text, reason text);
insert into without_key values
  ('private.account_tallies', 'read and emptied as a whole every few seconds'),
  ('private.campaign_outcomes', 'its key has columns that may be null, so it is a unique index'),
  ('private.campaign_states', 'the same'),
  ('private.message_archive', 'append-only, and a message may be archived twice'),
  ('private.message_tallies', 'read and emptied as a whole every few seconds'),
  ('private.sender_days', 'its key has a column that may be null, so it is a unique index'),
  ('private.sender_tallies', 'read and emptied as a whole every minute'),
  ('private.twilio_events', 'append-only; an index would cost callbacks the most');
select bag_eq(
  $$ select o.name from ours o where o.relkind in ('r', 'p') and not o.relispartition
     and not exists (select from pg_index i where i.indrelid = o.oid and i.indisprimary) $$,
  'select name from without_key',
  '0004: tables have a primary key, but for those on the list'
);

select is_empty(
  $$ select p.tablename, p.cmd, role from policies p, unnest(p.roles) role
     where p.permissive = 'PERMISSIVE' group by 1, 2, 3 having count(*) > 1
     union all
     select p.tablename, p.cmd, 'authenticated' from policies p
     where p.cmd <> 'ALL' and exists (
       select from policies a where a.tablename = p.tablename and a.cmd = 'ALL' and a.roles && p.roles
     ) $$,
  '0006: one policy for each table and command'
);
select is_empty(
  $$ select min(i.indexrelid::regclass::text), max(i.indexrelid::regclass::text)
     from pg_index i join ours o on o.oid = i.indrelid
     group by i.indrelid, i.indkey::text, i.indclass::text, i.indoption::text, pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
     having count(*) > 1 $$,
  '0009: no index is there twice'
);

create temp table inlined (name text);
insert into inlined values
  ('private.consent_hash(bytea,text,integer,uuid,text,timestamp with time zone,timestamp with time zone,text,jsonb,uuid)'),
  ('private.customer_search_at_once()'),
  ('private.customer_search_text(text,text,text,text)'),
  ('private.instant(timestamp with time zone)'),
  ('private.merge_values_of(public.customers)'),
  ('private.minute_of(timestamp with time zone)'),
  ('private.numbers_not_to_text(uuid)'),
  ('private.numbers_with_consent(uuid)'),
  ('private.phone_refusals_per_day()'),
  ('private.plain_digits(text)'),
  ('private.quarter_of(timestamp with time zone)'),
  ('private.share_of(numeric,numeric)'),
  ('private.sums_of(private.message_count[])'),
  ('private.was_skipped(text)');
select bag_eq(
  $$ select p.oid::regprocedure::text from pg_proc p
     where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
       and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
       and not coalesce(array_to_string(p.proconfig, ' '), '') like '%search\_path=%' $$,
  'select name from inlined',
  '0011: functions have a search_path of their own, but for those that are inlined into statements that have to be fast'
);
select is_empty(
  $$ select p.oid::regprocedure from inlined l join pg_proc p on p.oid = l.name::regprocedure
     where p.prosecdef or p.prolang <> (select g.oid from pg_language g where g.lanname = 'sql') $$,
  '0011: which are plain SQL and run as their caller'
);

select is_empty(
  $$ select e.extname from pg_extension e where e.extnamespace in ('public'::regnamespace, 'private'::regnamespace) $$,
  '0014: extensions are not in our schemas'
);
select is_empty(
  $$ select p.name from policies p where p.condition ~ 'user_metadata|auth\.jwt|request\.jwt' $$,
  '0015: no policy believes what people may write about themselves'
);
select is_empty(
  $$ select o.name, t.attname from ours o join pg_attribute t on t.attrelid = o.oid and t.attnum > 0 and not t.attisdropped
     where o.relkind in ('r', 'p') and t.atttypid in ('regcollation'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype,
       'regnamespace'::regtype, 'regoper'::regtype, 'regoperator'::regtype, 'regproc'::regtype, 'regprocedure'::regtype) $$,
  '0018: no column has a type that upgrades can''t carry over'
);
select is_empty(
  $$ select k.conrelid::regclass, k.conname from pg_constraint k join ours o on o.oid = k.conrelid
     where k.contype = 'f' and k.confrelid in (select c.oid from pg_class c where c.relnamespace = 'auth'::regnamespace)
       and not exists (select from pg_index i where i.indexrelid = k.conindid and i.indisprimary) $$,
  '0021: what refers to Auth refers to its primary keys'
);
-- Hashes of tokens; see also 110, where an admin tries.
select is_empty(
  $$ select o.name, t.attname from ours o join pg_attribute t on t.attrelid = o.oid and t.attnum > 0 and not t.attisdropped
     where o.schema = 'public' and t.attname ~ '(^|_)(token|secret|password|hash_key|api_key)s?$'
       and has_column_privilege('authenticated', o.oid, t.attnum, 'select') $$,
  '0023: nobody reads tokens and the like'
);
select is_empty(
  -- The policies of processes are bounded by their grants.
  $$ select p.name from policies p where p.roles && '{public,anon,authenticated}' and (p.condition ~ '^\s*\(?true\)?\s*$' or (p.cmd <> 'SELECT' and p.condition ~ '(^|\W)true(\W|$)')) $$,
  '0024: no policy is always true'
);

select * from finish();
rollback;
