-- What each process's own role may do, and nothing else.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table process_roles (role text primary key, tables text, functions integer);
insert into process_roles values
  ('dnwerks_twilio_callbacks', 'twilio_events: insert', 5),
  ('dnwerks_send_worker', 'campaign_changes: select, campaign_changes: update', 21),
  ('dnwerks_mail_worker',
   'mail_events: insert, mail_events: select, mail_pause: insert, mail_pause: select, mail_pause: update, '
   'mail_suppressions: insert, mail_suppressions: select, mail_suppressions: update, mails: insert, mails: select, mails: update', 4);

select is(
  (select string_agg(format('%s: %s', c.relname, p.privilege), ', ' order by c.relname, p.privilege)
   from pg_class c, (values ('select'), ('insert'), ('update'), ('delete'), ('truncate')) p (privilege)
   where c.relnamespace in ('private'::regnamespace, 'public'::regnamespace, 'auth'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm')
     and not c.relispartition and has_table_privilege(r.role, c.oid, p.privilege)),
  r.tables, r.role || ' reaches its tables only'
) from process_roles r;
select is(
  (select count(*)::integer from pg_proc f
   where f.pronamespace in ('private'::regnamespace, 'public'::regnamespace)
     and not exists (select from pg_depend d where d.objid = f.oid and d.deptype = 'e')
     and has_function_privilege(r.role, f.oid, 'execute')),
  r.functions, r.role || ' calls its functions only'
) from process_roles r;
select is_empty(
  $$ select rolname from pg_roles where rolname like 'dnwerks\_%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb) $$,
  'none of them is more than an ordinary role'
);

-- A right without a policy reaches no row: row level security is on everywhere.
select is_empty($$
  select r.role, c.relname
  from process_roles r
  join pg_class c on c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  where has_any_column_privilege(r.role, c.oid, 'select, insert, update')
    and not exists (select from pg_policy p where p.polrelid = c.oid and r.role::regrole = any (p.polroles))
$$, 'each table that a process may touch lets it');

select * from finish();
rollback;
