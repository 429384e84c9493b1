-- What each process's own role may do, and nothing else. Made from the catalogue: a new right is on no list.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();

create temp table process_rights (role text, name text, privilege text);
insert into process_rights values
  ('dnwerks_accounts', 'private.auth_accounts', 'select'),
  ('dnwerks_accounts', 'private.known_addresses', 'delete'),
  ('dnwerks_accounts', 'private.known_addresses', 'insert'),
  ('dnwerks_accounts', 'private.known_addresses', 'select'),
  ('dnwerks_accounts', 'private.known_addresses', 'update'),
  ('dnwerks_accounts', 'private.password_reset_requests', 'delete'),
  ('dnwerks_accounts', 'private.password_reset_requests', 'insert (email)'),
  ('dnwerks_accounts', 'private.password_reset_requests', 'select'),
  ('dnwerks_accounts', 'private.password_reset_requests', 'update (email)'),
  ('dnwerks_accounts', 'private.rate_limits', 'delete'),
  ('dnwerks_accounts', 'private.rate_limits', 'insert'),
  ('dnwerks_accounts', 'private.rate_limits', 'select'),
  ('dnwerks_accounts', 'private.rate_limits', 'update'),
  ('dnwerks_accounts', 'private.users', 'select'),
  ('dnwerks_accounts', 'public.admin_password_resets', 'select'),
  ('dnwerks_accounts', 'public.admin_password_resets', 'update (completed_at, status)'),
  ('dnwerks_accounts', 'public.invite_codes', 'insert (code, created_by, expires_at, max_uses, email, notes)'),
  ('dnwerks_accounts', 'public.invite_codes', 'select'),
  ('dnwerks_accounts', 'public.invite_codes', 'update (expires_at)'),
  ('dnwerks_accounts', 'public.invite_redemptions', 'select (invite_code_id)'),
  ('dnwerks_accounts', 'public.password_reset_tokens', 'select (id, token, user_id, email, expires_at, used_at, is_used)'),
  ('dnwerks_accounts', 'public.password_reset_tokens', 'update (used_at, is_used)'),
  ('dnwerks_accounts', 'public.user_profiles', 'select (id, user_id, role, status)'),
  ('dnwerks_accounts', 'public.user_profiles', 'update (role, status)'),
  ('dnwerks_customer_import', 'private.account_tallies', 'insert (user_id, customers_added)'),
  ('dnwerks_customer_import', 'private.customer_import_changes', 'insert'),
  ('dnwerks_customer_import', 'private.customer_import_consents', 'insert'),
  ('dnwerks_customer_import', 'private.customer_import_ids', 'insert'),
  ('dnwerks_customer_import', 'private.customer_import_ids', 'select'),
  ('dnwerks_customer_import', 'private.customer_import_ids', 'update (first_id, last_id)'),
  ('dnwerks_customer_import', 'private.customer_search_backlog', 'insert'),
  ('dnwerks_customer_import', 'private.erased_numbers', 'select (erased_at)'),
  ('dnwerks_customer_import', 'private.suppressions', 'insert (phone, user_id, reason, source, evidence, applied)'),
  ('dnwerks_customer_import', 'private.suppressions', 'select (phone, user_id, reason, lifted_at)'),
  ('dnwerks_customer_import', 'public.customer_import_rejects', 'insert'),
  ('dnwerks_customer_import', 'public.customer_import_rejects', 'select (import_id)'),
  ('dnwerks_customer_import', 'public.customer_imports', 'insert (id, user_id, dry_run, file_name, file_bytes)'),
  ('dnwerks_customer_import', 'public.customer_imports', 'select'),
  ('dnwerks_customer_import', 'public.customer_imports', 'update (status, phase, file_hash, same_file_as, bytes_read, rows_read, '
    'total_rows, inserted, updated, unchanged, duplicates, rejected, rejected_by_code, rejects_kept, consented, declined, '
    'suppressed, header, columns, failure_code, failure_detail, updated_at, finished_at)'),
  ('dnwerks_customer_import', 'public.customers', 'insert (id, user_id, phone, first_name, last_name, email, state, status, tags, '
    'attributes, inactive_reason)'),
  ('dnwerks_customer_import', 'public.customers', 'select'),
  ('dnwerks_customer_import', 'public.customers', 'update (first_name, last_name, email, state, status, updated_at, tags, attributes)'),
  ('dnwerks_customer_import', 'public.user_profiles', 'select (id, user_id, role, status)'),
  ('dnwerks_mail_worker', 'private.mail_events', 'insert'),
  ('dnwerks_mail_worker', 'private.mail_events', 'select'),
  ('dnwerks_mail_worker', 'private.mail_pause', 'insert'),
  ('dnwerks_mail_worker', 'private.mail_pause', 'select'),
  ('dnwerks_mail_worker', 'private.mail_pause', 'update'),
  ('dnwerks_mail_worker', 'private.mail_suppressions', 'insert'),
  ('dnwerks_mail_worker', 'private.mail_suppressions', 'select'),
  ('dnwerks_mail_worker', 'private.mail_suppressions', 'update'),
  ('dnwerks_mail_worker', 'private.mails', 'insert'),
  ('dnwerks_mail_worker', 'private.mails', 'select'),
  ('dnwerks_mail_worker', 'private.mails', 'update'),
  ('dnwerks_send_worker', 'private.campaign_changes', 'select'),
  ('dnwerks_send_worker', 'private.campaign_changes', 'update'),
  ('dnwerks_twilio_callbacks', 'private.twilio_events', 'insert'),
  ('dnwerks_twilio_callbacks', 'private.waiting_deliveries', 'insert (news)'),
  ('dnwerks_twilio_callbacks', 'private.waiting_deliveries', 'select (id)');

create temp view process_roles as select r.rolname::text as role from pg_roles r where r.rolname like 'dnwerks\_%';
create temp view places as
select c.oid, format('%s.%s', c.relnamespace::regnamespace, c.relname) as name, c.relkind
from pg_class c
where c.relnamespace::regnamespace::text in ('private', 'public', 'auth') and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition;
-- With what they have as members of others, and with everybody's.
create temp view rights as
select r.role, p.name, w.privilege
from process_roles r, places p, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) w (privilege)
where has_table_privilege(r.role, p.oid, w.privilege)
union all
select r.role, p.name, format('%s (%s)', w.privilege, string_agg(a.attname, ', ' order by a.attnum))
from process_roles r, places p, unnest(array['select', 'insert', 'update', 'references']) w (privilege), pg_attribute a
where not has_table_privilege(r.role, p.oid, w.privilege)
  and a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(r.role, p.oid, a.attnum, w.privilege)
group by r.role, p.name, w.privilege;
select bag_eq(
  'select role, name, privilege from rights',
  'select role, name, privilege from process_rights',
  'a process does to tables, columns and views what is on the list'
);

create temp table process_functions (role text primary key, functions text);
insert into process_functions values
  ('dnwerks_accounts',
   'clock complete_password_reset delete_account expire_records has_migration invite_mail_state invite_refusal invite_refusal_text '
   'lacks_second_factor lift_mail_suppression limits_of list_mail_suppressions mail_invite open_password_reset plain_invite_code '
   'remove_profile_of_decoy revoke_invite session_is_live take_from_bucket used_today uuid_v7'),
  ('dnwerks_customer_import',
   'attributes_are_valid attributes_as_texts begin_phone_lookups cells_of_staged clock count_import_refusals customer_search_text '
   'expire_deleted_customers expire_import_rejects fail_interrupted_imports give_back_phone_lookups has_invisible has_migration heed_triggers index_customers '
   'keep_phone_refusals lacks_second_factor numbers_not_to_text read_state record_import_consents record_phone_lookups '
   'restore_erased_suppressions session_is_live skip_triggers suppress_imported_customers tags_are_valid uuid_v7 visible with_tags'),
  ('dnwerks_mail_worker', 'finish_mail follow_mail_events has_migration record_mail_event uuid_v7'),
  ('dnwerks_send_worker',
   'advance_list_reading apply_suppressions correct_pace find_silent_messages finish_list_reading free_sender has_migration hold_sender '
   'keep_campaigns_moving launch_due_campaign open_messages put_off_list_reading queue_ages record_deliveries record_outcomes '
   'register_sender roll_up_messages roll_up_senders settle_doubt take_doubts take_list_reading take_messages'),
  ('dnwerks_twilio_callbacks',
   'count_tallies has_migration keep_twilio_events receive_inbound record_deliveries record_waiting_deliveries '
   'record_waiting_deliveries_singly sends_may_begin');
select is(
  (select string_agg(f.proname, ' ' order by f.proname)
   from pg_proc f
   where f.pronamespace::regnamespace::text in ('private', 'public', 'auth')
     and not exists (select from pg_depend d where d.objid = f.oid and d.deptype = 'e')
     and has_function_privilege(r.role, f.oid, 'execute') and has_schema_privilege(r.role, f.pronamespace, 'usage')),
  p.functions, r.role || ' calls its functions only'
) from process_roles r left join process_functions p using (role);

select is_empty(
  $$ select rolname from pg_roles where rolname like 'dnwerks\_%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication) $$,
  'none of them is more than an ordinary role'
);
select is_empty(
  $$ select m.member::regrole, m.roleid::regrole from pg_auth_members m where m.member::regrole::text like 'dnwerks\_%' $$,
  'nor a member of another'
);
select is_empty(
  $$ select r.role, n.nspname from process_roles r, pg_namespace n
     where n.nspname not like 'pg\_temp%' and has_schema_privilege(r.role, n.oid, 'create')
       or n.nspname in ('auth', 'supabase_migrations', 'realtime', 'vault') and has_schema_privilege(r.role, n.oid, 'usage') $$,
  'they make nothing in a schema, and look into none of Supabase''s'
);

-- A right without a policy reaches no row: row level security is on everywhere.
select is_empty($$
  select distinct r.role, p.name
  from rights r join places p using (name)
  where p.relkind in ('r', 'p')
    and not exists (select from pg_policy y where y.polrelid = p.oid and r.role::regrole = any (y.polroles))
$$, 'each table that a process may touch lets it');
select is_empty($$
  select r.role, p.name, y.polname
  from process_roles r join pg_policy y on r.role::regrole = any (y.polroles) join places p on p.oid = y.polrelid
  where not exists (select from rights w where w.role = r.role and w.name = p.name)
     or coalesce(pg_get_expr(y.polqual, y.polrelid), 'true') <> 'true'
     or coalesce(pg_get_expr(y.polwithcheck, y.polrelid), 'true') <> 'true'
$$, 'and none has a policy besides, or one that has to be asked for each row');

-- Postgres asks the writer's right to the functions that a row of a table passes, but for those of triggers.
select is_empty($$
  select distinct w.role, w.name, f.oid::regprocedure
  from rights w join places p using (name),
    lateral (
      select 'pg_constraint'::regclass as class, k.oid from pg_constraint k where k.conrelid = p.oid
      union all select 'pg_attrdef'::regclass, a.oid from pg_attrdef a where a.adrelid = p.oid
      union all select 'pg_class'::regclass, i.indexrelid from pg_index i where i.indrelid = p.oid
    ) part
    join pg_depend d on d.classid = part.class and d.objid = part.oid and d.refclassid = 'pg_proc'::regclass
    join pg_proc f on f.oid = d.refobjid
  where w.privilege ~ '^(insert|update)' and not has_function_privilege(w.role, f.oid, 'execute')
$$, 'what checks, defaults and indexes of a table call, its writers may call');

-- Both views are there for this: they read Auth's people as their owner, and show no more than these columns.
select is(
  (select string_agg(a.attname, ' ' order by a.attnum) from pg_attribute a where a.attrelid = 'private.auth_accounts'::regclass and a.attnum > 0),
  'id email created_at password_mark has_password',
  'of Auth''s people a view shows what accounts asks'
);

-- The switch of triggers lasts as long as it says, though it is thrown in a function.
insert into auth.users (id, email) values ('30600000-0000-4000-8000-000000000001', 'owner@roles.test');
select ok(private.skip_triggers(p.id), 'triggers can be skipped') from public.user_profiles p
where p.user_id = '30600000-0000-4000-8000-000000000001';
select is(current_setting('session_replication_role'), 'replica', 'for the statements that follow');
select private.heed_triggers();
select is(current_setting('session_replication_role'), 'origin', 'until they are to work again');
select throws_ok(
  'select private.skip_triggers(gen_random_uuid())', '23503', 'the owner of the customers is gone',
  'nobody''s customers are refused as the foreign key would'
);
select is(current_setting('session_replication_role'), 'origin', 'and then nothing is skipped');

select * from finish();
rollback;
