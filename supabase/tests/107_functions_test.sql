-- Functions that do more than their caller may, and functions that people may call. Made from the catalogue: a new one is
-- on no list, and fails here until somebody has thought about it.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
-- So that names are written with their schemas.
set local search_path = extensions;

create temp view ours as
select p.oid, p.pronamespace::regnamespace::text as schema, p.oid::regprocedure::text as name, p.prosecdef as is_definer,
  p.prorettype = 'trigger'::regtype as is_trigger, coalesce(p.proconfig, '{}') as settings, p.provolatile, p.prolang, p.proowner
from pg_proc p
where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e');

-- Those that run as their owner, and who may call them.
create temp table definers (name text, callers text);
insert into definers values
  ('private.acting()', ''),
  ('private.account_figures(uuid,timestamp with time zone,timestamp with time zone)', ''),
  ('private.add_default_templates(uuid)', ''),
  ('private.add_retry(uuid,integer,text)', ''),
  ('private.add_to_campaigns(private.campaign_delta[])', ''),
  ('private.advance_list_reading(uuid,text,interval)', 'service_role'),
  ('private.allowed_countries(public.campaigns)', ''),
  ('private.append_to_audit_log(private.acting,text,text,text,uuid,bigint,jsonb,jsonb)', ''),
  ('private.apply_suppressions(integer)', 'service_role'),
  ('private.apply_suppressions_of(text)', ''),
  ('private.apply_these_suppressions(uuid[])', ''),
  ('private.approved_caller()', ''),
  ('private.archive_messages_under_way()', ''),
  ('private.audit_customers()', ''),
  ('private.audit_entries(uuid,uuid,text,text,timestamp with time zone,timestamp with time zone,bigint,integer,integer)', 'service_role'),
  ('private.audit_row()', ''),
  ('private.audit_truncation()', ''),
  ('private.before_user_created(jsonb)', 'supabase_auth_admin'),
  ('private.begin_phone_lookups(uuid,text[],interval,integer)', 'service_role'),
  ('private.begin_sending(uuid,uuid,uuid,integer,integer,timestamp with time zone)', ''),
  ('private.callbacks_of(uuid[],text[],timestamp with time zone)', ''),
  ('private.campaign_answered(text,uuid,timestamp with time zone)', ''),
  ('private.campaign_of_caller(uuid)', ''),
  ('private.cancel_password_resets(uuid)', ''),
  ('private.carry_out_profile_decision()', ''),
  ('private.check_daily_limits(uuid,bigint,integer,timestamp with time zone)', ''),
  ('private.check_owner_is_approved(uuid)', ''),
  ('private.check_phone_refusals(uuid)', ''),
  ('private.check_profile_decision()', ''),
  ('private.check_reply(public.conversations,uuid,boolean)', ''),
  ('private.checked_phone(text)', 'authenticated, service_role'),
  ('private.clear_references()', ''),
  ('private.clock()', 'authenticated, service_role'),
  ('private.conversation_as_json(public.conversations)', ''),
  ('private.conversation_message_as_json(public.conversation_messages)', ''),
  ('private.conversation_of_caller(uuid)', ''),
  ('private.correct_pace(uuid,integer,integer)', 'service_role'),
  ('private.count_campaign_messages()', ''),
  ('private.complete_password_reset(uuid)', ''),
  ('private.count_import_refusals(uuid,bigint)', 'service_role'),
  ('private.count_messages(private.message_count[])', ''),
  ('private.count_phone_refusals(uuid,bigint)', ''),
  ('private.count_tallies(bigint,timestamp with time zone)', 'service_role'),
  ('private.create_profile()', ''),
  ('private.custom_access_token(jsonb)', 'supabase_auth_admin'),
  ('private.customer_conditions(jsonb)', ''),
  ('private.customer_of_caller(uuid)', ''),
  ('private.customer_page(text,text,integer,integer,bigint,boolean)', ''),
  ('private.customer_page_walked(text,text,integer,integer,bigint,boolean)', ''),
  ('private.daily_limits(uuid,bigint,integer,timestamp with time zone)', ''),
  ('private.data_of_person(private.person,text)', 'service_role'),
  ('private.delete_account(uuid,uuid,uuid)', ''),
  ('private.empty_canceled_campaign(uuid,integer)', ''),
  ('private.erase_person(text,text,uuid)', 'service_role'),
  ('private.expire_deleted_customers(interval,integer)', 'service_role'),
  ('private.expire_import_rejects(interval)', 'service_role'),
  ('private.expire_invite()', ''),
  ('private.expire_records(integer)', 'service_role'),
  ('private.fail_interrupted_imports(interval)', 'service_role'),
  ('private.fail_messages(uuid[],text[])', ''),
  ('private.find_lost_work(uuid,integer)', ''),
  ('private.find_silent_messages(interval,integer)', 'service_role'),
  ('private.events_of_messages(uuid[])', ''),
  ('private.events_of_number(text)', 'service_role'),
  ('private.finish_list_reading(uuid,interval)', 'service_role'),
  ('private.follow_account()', ''),
  ('private.follow_credentials()', ''),
  ('private.follow_deletion()', ''),
  ('private.forget_all_customers()', ''),
  ('private.forget_deleted_customers()', ''),
  ('private.free_sender(uuid)', 'service_role'),
  ('private.give_back_phone_lookups(uuid,integer)', 'service_role'),
  ('private.give_templates()', ''),
  ('private.hand_over_account(uuid,uuid)', ''),
  ('private.hand_over_figures(uuid,uuid)', ''),
  ('private.has_consent(text,uuid)', 'service_role'),
  ('private.has_migration(text)', 'service_role'),
  ('private.has_messages_under_way(uuid)', 'authenticated'),
  ('private.heed_triggers()', 'service_role'),
  ('private.hold_sender(uuid,text,interval,interval,boolean)', 'service_role'),
  ('private.index_customers(integer,integer)', 'service_role'),
  ('private.index_part(private.customer_search_backlog,integer)', ''),
  ('private.invite_mail_state(uuid)', ''),
  ('private.invite_refusal(text,text)', 'service_role, supabase_auth_admin'),
  ('private.is_admin()', 'authenticated, service_role'),
  ('private.keep_audit_log()', ''),
  ('private.keep_campaigns_moving(interval)', 'service_role'),
  ('private.keep_consent_events()', ''),
  ('private.keep_deleted_customers()', ''),
  ('private.keep_figures_of_campaign(uuid,uuid)', ''),
  ('private.keep_last_login()', ''),
  ('private.keep_phone_refusals()', 'service_role'),
  ('private.keep_suppression_lifts()', ''),
  ('private.keep_suppressions()', ''),
  ('private.keep_twilio_events(integer)', 'service_role'),
  ('private.lacks_second_factor(text)', 'authenticated, service_role'),
  ('private.launch_campaign(uuid,integer)', 'service_role'),
  ('private.launch_due_campaign()', 'service_role'),
  ('private.lift_entries(uuid[],text,text,uuid)', ''),
  ('private.lift_mail_suppression(text,text,uuid)', ''),
  ('private.lift_suppressions(text,uuid,text[],text,text,uuid)', 'service_role'),
  ('private.limits_of(uuid,timestamp with time zone)', ''),
  ('private.look_again_at_suppressions()', ''),
  ('private.mail_campaign_owner(public.campaigns,text,jsonb)', ''),
  ('private.mail_finished_campaign()', ''),
  ('private.mail_invite(uuid)', ''),
  ('private.mail_paused_campaign()', ''),
  ('private.mail_registration()', ''),
  ('private.may_text(text,uuid)', 'service_role'),
  ('private.my_customer_import(uuid)', ''),
  ('private.my_profile_id()', 'authenticated, service_role'),
  ('private.name_of_profile(uuid)', ''),
  ('private.newest_matches(text,text,bigint,text[])', ''),
  ('private.newest_matches_walked(text,text,bigint,text[])', ''),
  ('private.note_status_change()', ''),
  ('private.number_story(text,uuid,boolean)', 'service_role'),
  ('private.open_messages(text[])', 'service_role'),
  ('private.open_password_reset(uuid,text,text,interval,uuid,text)', ''),
  ('private.owner_condition(jsonb)', ''),
  ('private.owner_of_number(text)', ''),
  ('private.owners_i_see()', 'authenticated, service_role'),
  ('private.pause_campaigns_of_owner()', ''),
  ('private.person_of(text)', 'service_role'),
  ('private.phone_hash(text)', ''),
  ('private.phone_refusals_on(uuid,date)', ''),
  ('private.put_off_list_reading(uuid,interval,boolean)', 'service_role'),
  ('private.queue_ages()', 'service_role'),
  ('private.queue_mail(text,text,jsonb,uuid)', ''),
  ('private.read_phone(text)', 'authenticated, service_role'),
  ('private.receive_inbound(text,text,text,text,text,integer,text,text,text,text)', 'service_role'),
  ('private.recipients(public.campaigns,boolean)', ''),
  ('private.record_consent_of_holder(text,uuid,uuid,text,text,jsonb)', ''),
  ('private.record_consents(uuid,uuid,private.new_consent[])', 'service_role'),
  ('private.record_deliveries(private.delivery_news[],boolean,boolean)', 'service_role'),
  ('private.record_waiting_deliveries(boolean,boolean,integer,bigint)', 'service_role'),
  ('private.record_waiting_deliveries_singly()', 'service_role'),
  ('private.record_import_consents(uuid)', 'service_role'),
  ('private.record_outcomes(uuid[],bigint[],text[],text[],text[],integer[],text[],text[],smallint[],boolean[],interval[],bigint[])', 'service_role'),
  ('private.record_phone_lookups(uuid,jsonb)', 'service_role'),
  ('private.record_waiting_consents()', 'service_role'),
  ('private.refuse_unavailable_phone(text,uuid)', 'authenticated'),
  ('private.register_sender(text,text,double precision)', 'service_role'),
  ('private.remake_lane(uuid)', ''),
  ('private.remake_work(uuid)', 'service_role'),
  ('private.remove_profile_of_decoy(text)', ''),
  ('private.restore_erased_suppressions(text[])', 'service_role'),
  ('private.revoke_invite(uuid)', ''),
  ('private.roll_up_messages(integer)', 'service_role'),
  ('private.roll_up_senders()', 'service_role'),
  ('private.search_changed_customers()', ''),
  ('private.search_new_customers()', ''),
  ('private.sees_suppression(private.suppressions,uuid,boolean)', ''),
  ('private.send_alone(public.campaigns,text,text,jsonb,integer,timestamp with time zone)', ''),
  ('private.sender_as_json(private.senders)', ''),
  ('private.sender_of(public.campaigns)', ''),
  ('private.sends_may_begin(text)', 'service_role'),
  ('private.session_is_live(uuid,uuid)', 'authenticated, service_role'),
  ('private.settle_doubt(bigint,uuid,text[],text[],text,smallint)', 'service_role'),
  ('private.signed_in_user()', 'authenticated, service_role'),
  ('private.skip_triggers(uuid)', 'service_role'),
  ('private.stop_number(text,uuid,uuid,text,text,jsonb)', ''),
  ('private.suppress(text,uuid,text,text,jsonb)', 'service_role'),
  ('private.suppress_changed_customers()', ''),
  ('private.suppress_imported_customers(uuid)', 'service_role'),
  ('private.suppress_new_customers()', ''),
  ('private.suppression_as_json(private.suppressions)', ''),
  ('private.suppression_of(text,uuid)', 'service_role'),
  ('private.story_of_message(text)', 'service_role'),
  ('private.story_of_user(text,bytea[])', 'service_role'),
  ('private.system_status()', 'service_role'),
  ('private.take_doubts(integer,interval,interval)', 'service_role'),
  ('private.take_list_reading(interval)', 'service_role'),
  ('private.take_messages(text,integer,interval)', 'service_role'),
  ('private.tally_customers()', ''),
  ('private.tally_sent(uuid)', ''),
  ('private.test_as_json(uuid)', ''),
  ('private.test_merge_values(public.campaigns,uuid)', ''),
  ('private.used_today(uuid,timestamp with time zone)', ''),
  ('private.verify_consents()', 'service_role'),
  ('public.account_analytics(uuid,text,text,text,text)', 'authenticated, service_role'),
  ('public.account_limits(uuid)', 'authenticated, service_role'),
  ('public.admin_analytics(text,text,text,text)', 'authenticated, service_role'),
  ('public.begin_phone_lookup(text,interval,integer)', 'authenticated'),
  ('public.campaign_analytics(uuid,text)', 'authenticated, service_role'),
  ('public.cancel_campaign(uuid)', 'authenticated, service_role'),
  ('public.cancel_customer_import(uuid)', 'authenticated'),
  ('public.count_customers(jsonb)', 'authenticated'),
  ('public.create_customer(jsonb,text)', 'authenticated'),
  ('public.customer_attribute_names(jsonb)', 'authenticated'),
  ('public.customer_consent(uuid)', 'authenticated'),
  ('public.customers_after(jsonb,timestamp with time zone,uuid,integer)', 'authenticated'),
  ('public.delete_customer_import_rejects(uuid)', 'authenticated'),
  ('public.delete_customers(jsonb,boolean)', 'authenticated'),
  ('public.delete_user(uuid,uuid)', 'authenticated, service_role'),
  ('public.duplicate_campaign(uuid)', 'authenticated, service_role'),
  ('public.event_stream_token(text,text)', 'anon'),
  ('public.get_conversation(uuid,integer,integer)', 'authenticated, service_role'),
  ('public.get_test(uuid,uuid)', 'authenticated, service_role'),
  ('public.keep_event_stream_token(text,text,text)', 'authenticated'),
  ('public.launch_campaign(uuid)', 'authenticated, service_role'),
  ('public.lift_mail_suppression(text,text)', 'authenticated, service_role'),
  ('public.lift_suppression(uuid,text)', 'authenticated'),
  ('public.list_audit_log(uuid,uuid,text,text,timestamp with time zone,timestamp with time zone,bigint,integer,integer)', 'authenticated, service_role'),
  ('public.list_conversations(boolean,boolean,integer,integer)', 'authenticated, service_role'),
  ('public.list_customers(jsonb,text,integer,integer)', 'authenticated'),
  ('public.list_mail_suppressions(text,integer,integer)', 'authenticated, service_role'),
  ('public.list_senders()', 'authenticated, service_role'),
  ('public.list_suppressions(text,text[],boolean,integer,integer)', 'authenticated'),
  ('public.list_tests(uuid)', 'authenticated, service_role'),
  ('public.pause_campaign(uuid)', 'authenticated, service_role'),
  ('public.preview_campaign(uuid)', 'authenticated, service_role'),
  ('public.read_conversation(uuid,boolean)', 'authenticated, service_role'),
  ('public.record_customer_consent(uuid,text,timestamp with time zone,jsonb)', 'authenticated'),
  ('public.record_phone_lookup(jsonb)', 'authenticated'),
  ('public.reply_to_conversation(uuid,text,text)', 'authenticated, service_role'),
  ('public.resolve_message(uuid,text)', 'authenticated, service_role'),
  ('public.restore_customers(uuid[],uuid)', 'authenticated'),
  ('public.resume_campaign(uuid)', 'authenticated, service_role'),
  ('public.retry_failed_messages(uuid)', 'authenticated, service_role'),
  ('public.review_conversation(uuid,boolean,text)', 'authenticated, service_role'),
  ('public.send_campaign(uuid,timestamp with time zone,boolean,integer)', 'authenticated, service_role'),
  ('public.sender_days(uuid,date,date)', 'authenticated, service_role'),
  ('public.set_account_limits(uuid,jsonb)', 'authenticated, service_role'),
  ('public.set_sender_rate(uuid,double precision)', 'authenticated, service_role'),
  ('public.suppress_number(text,text,text)', 'authenticated'),
  ('public.suppress_numbers(text[],text)', 'authenticated'),
  ('public.template_fields()', 'authenticated'),
  ('public.test_campaign(uuid,text,uuid,text)', 'authenticated, service_role'),
  ('public.undo_customer_import(uuid)', 'authenticated');
create temp view callers as
select o.oid, o.name, coalesce(string_agg(r.role, ', ' order by r.role) filter (where has_function_privilege(r.role, o.oid, 'execute')), '') as callers
from ours o, unnest(array['anon', 'authenticated', 'service_role', 'supabase_auth_admin']) r (role)
group by o.oid, o.name;
select is_empty(
  'select c.name, c.callers from callers c join ours o on o.oid = c.oid where o.is_definer except select * from definers',
  'functions that run as their owner are on the list, with who may call them'
);
select is_empty(
  'select * from definers except select c.name, c.callers from callers c join ours o on o.oid = c.oid where o.is_definer',
  'and none is on the list that is gone or is called by others'
);
-- Those that run as their caller, but which people may call.
create temp table invokers (name text, callers text);
insert into invokers values
  ('private.attributes_are_valid(jsonb)', 'authenticated, service_role'),
  ('private.attributes_as_texts(jsonb)', 'authenticated, service_role'),
  ('private.audience_is_valid(jsonb)', 'authenticated, service_role'),
  ('private.check_request()', 'anon, authenticated, service_role'),
  ('private.check_schedule(timestamp with time zone,text)', 'authenticated, service_role'),
  ('private.check_text(text)', 'authenticated, service_role'),
  ('private.has_invisible(text)', 'authenticated, service_role'),
  ('private.has_merge_fields(text)', 'authenticated, service_role'),
  ('private.invite_refusal_text(text)', 'service_role, supabase_auth_admin'),
  ('private.plain_invite_code(text)', 'authenticated, service_role, supabase_auth_admin'),
  ('private.tags_are_valid(text[])', 'authenticated, service_role'),
  ('private.text_problem(text)', 'authenticated, service_role'),
  ('private.uuid_v7()', 'authenticated, service_role, supabase_auth_admin'),
  ('private.visible(text)', 'authenticated, service_role'),
  ('private.read_state(text)', 'authenticated, service_role'),
  ('public.delete_campaign(uuid)', 'authenticated, service_role'),
  ('private.with_tags(text[],text[])', 'authenticated, service_role'),
  ('public.who_am_i()', 'authenticated');
select bag_eq(
  $$ select c.name, c.callers from callers c join ours o on o.oid = c.oid
     where not o.is_definer and c.callers ~ 'anon|authenticated|supabase_auth_admin' $$,
  'select * from invokers',
  'people and Auth may call these functions besides'
);
select is_empty(
  $$ select o.name from ours o, pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     where p.oid = o.oid and a.grantee = 0 $$,
  'no function is everybody''s'
);
select is_empty(
  $$ select c.name from callers c where c.callers like '%anon%' and c.name not in ('private.check_request()', 'public.event_stream_token(text,text)') $$,
  'strangers may call no function of ours, but what PostgREST calls before each request, and what our API asks about a token'
);
select is_empty(
  $$ select o.name, o.proowner::regrole from ours o where o.is_definer and o.proowner <> 'postgres'::regrole $$,
  'they run as postgres, who is no superuser'
);
select is_empty(
  $$ select o.name from ours o where o.is_definer and not o.settings @> '{"search_path=\"\""}' $$,
  'a function that runs as its owner finds nothing but by its schema'
);
select is_empty(
  $$ select o.name from ours o where o.schema = 'public' and not o.settings @> '{"search_path=\"\""}' $$,
  'nor does a function that PostgREST calls'
);
select is_empty(
  $$ select o.name from ours o where o.schema = 'public' and o.is_trigger $$, 'functions of triggers are in private'
);
-- One name, one function: PostgREST can't tell those apart that differ by their arguments' types only.
select is_empty(
  $$ select split_part(o.name, '(', 1) from ours o where o.schema = 'public' group by 1 having count(*) > 1 $$,
  'no name in public has two functions'
);

-- What may take longer than eight seconds.
create temp table patient (name text, statement_timeout text);
insert into patient values
  ('private.data_of_person(private.person,text)', '30min'),
  ('private.erase_person(text,text,uuid)', '30min'),
  ('private.events_of_number(text)', '30min'),
  ('private.story_of_message(text)', '30min'),
  ('private.person_of(text)', '30min'),
  ('public.delete_campaign(uuid)', '5min'),
  ('public.delete_customers(jsonb,boolean)', '5min'),
  ('public.delete_user(uuid,uuid)', '5min'),
  ('public.launch_campaign(uuid)', '5min'),
  ('public.preview_campaign(uuid)', '1min'),
  ('public.restore_customers(uuid[],uuid)', '5min'),
  ('public.retry_failed_messages(uuid)', '1min'),
  ('public.send_campaign(uuid,timestamp with time zone,boolean,integer)', '5min'),
  ('public.test_campaign(uuid,text,uuid,text)', '1min'),
  ('public.undo_customer_import(uuid)', '5min');
select bag_eq(
  $$ select o.name, substr(s.setting, 19) from ours o, unnest(o.settings) s (setting) where s.setting like 'statement\_timeout=%' $$,
  'select * from patient',
  'these functions may take longer than other requests, and no others'
);
-- Waiting for a row that is locked ends before the request does, and says so.
select is(
  (select array_agg(s.setting) from pg_roles r, unnest(r.rolconfig) s (setting) where r.rolname = 'authenticated' and s.setting like 'lock_timeout=%'),
  array['lock_timeout=4s'],
  'what people ask for waits for a lock for four seconds'
);
select is_empty(
  $$ select o.name from ours o, unnest(o.settings) s (setting), callers c
     where c.oid = o.oid and c.callers like '%authenticated%' and s.setting like 'lock_timeout=%' $$,
  'and no function that they call for longer'
);
select is_empty(
  $$ select w.role from unnest(array['anon', 'authenticated']) w (role)
     where not exists (select from pg_roles r, unnest(r.rolconfig) s (setting) where r.rolname = w.role and s.setting like 'statement\_timeout=%') $$,
  'what people ask for ends'
);

select * from finish();
rollback;
