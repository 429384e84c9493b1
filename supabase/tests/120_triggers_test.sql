-- Every trigger of ours. A trigger changes what a write does where nobody sees it, and an import of
-- customers runs without it: so none is added without being named here.
begin;
create extension if not exists pgtap with schema extensions;
select plan(4);

create temp table listed (table_name text, trigger_name text);
insert into listed values
('auth.users', 'create_profile'),
('auth.users', 'follow_credentials'),
('auth.users', 'follow_deletion'),
('auth.users', 'keep_last_login'),
('private.account_limits', 'audit'),
('private.account_limits', 'audit_all'),
('private.area_codes', 'audit'),
('private.area_codes', 'audit_all'),
('private.audit_log', 'keep_all_of_audit_log'),
('private.audit_log', 'keep_audit_log'),
('private.breaker_limits', 'audit'),
('private.breaker_limits', 'audit_all'),
('private.calling_codes', 'audit'),
('private.calling_codes', 'audit_all'),
('private.consent_events', 'keep_all_consent_events'),
('private.consent_events', 'keep_consent_events'),
('private.default_limits', 'audit'),
('private.default_limits', 'audit_all'),
('private.default_templates', 'audit'),
('private.default_templates', 'audit_all'),
('private.deleted_accounts', 'audit'),
('private.deleted_accounts', 'audit_all'),
('private.erased_numbers', 'audit_all'),
('private.erased_numbers', 'audit_new'),
('private.frequency_cap_for_all', 'audit'),
('private.frequency_cap_for_all', 'audit_all'),
('private.frequency_caps', 'audit'),
('private.frequency_caps', 'audit_all'),
('private.invite_rules', 'audit'),
('private.invite_rules', 'audit_all'),
('private.mail_suppression_lifts', 'audit_all'),
('private.mail_suppression_lifts', 'audit_new'),
('private.mail_suppression_lifts', 'keep_mail_suppression_lifts'),
('private.number_plans', 'audit'),
('private.number_plans', 'audit_all'),
('private.quiet_hours', 'audit'),
('private.quiet_hours', 'audit_all'),
('private.ramp_up_steps', 'audit'),
('private.ramp_up_steps', 'audit_all'),
('private.retention', 'audit'),
('private.retention', 'audit_all'),
('private.sender_alarm_limits', 'audit'),
('private.sender_alarm_limits', 'audit_all'),
('private.senders', 'audit'),
('private.senders', 'audit_all'),
('private.sending_switch', 'audit'),
('private.sending_switch', 'audit_all'),
('private.sign_in_rules', 'audit'),
('private.sign_in_rules', 'audit_all'),
('private.stopped_accounts', 'audit'),
('private.stopped_accounts', 'audit_all'),
('private.suppression_lifts', 'audit_all'),
('private.suppression_lifts', 'audit_new'),
('private.suppression_lifts', 'keep_all_suppression_lifts'),
('private.suppression_lifts', 'keep_suppression_lifts'),
('private.suppressions', 'audit_all'),
('private.suppressions', 'audit_new'),
('private.suppressions', 'keep_all_suppressions'),
('private.suppressions', 'keep_suppressions'),
('public.admin_password_resets', 'audit_all'),
('public.admin_password_resets', 'audit_new'),
('public.campaign_messages', 'count_deleted_messages'),
('public.campaign_messages', 'count_inserted_messages'),
('public.campaign_messages', 'count_updated_messages'),
('public.campaign_messages', 'refuse_lower_status'),
('public.campaign_messages', 'touch_updated_at'),
('public.campaign_templates', 'audit'),
('public.campaign_templates', 'audit_all'),
('public.campaign_templates', 'audit_new'),
('public.campaign_templates', 'own_new_row'),
('public.campaign_templates', 'touch_updated_at'),
('public.campaigns', 'apply_other_template'),
('public.campaigns', 'apply_template'),
('public.campaigns', 'archive_messages_under_way'),
('public.campaigns', 'audit'),
('public.campaigns', 'audit_all'),
('public.campaigns', 'audit_new'),
('public.campaigns', 'break_campaign'),
('public.campaigns', 'check_campaign_change'),
('public.campaigns', 'check_status_change'),
('public.campaigns', 'end_campaign'),
('public.campaigns', 'mail_finished_campaign'),
('public.campaigns', 'mail_paused_campaign'),
('public.campaigns', 'note_status_change'),
('public.campaigns', 'own_new_row'),
('public.campaigns', 'touch_updated_at'),
('public.conversations', 'audit'),
('public.conversations', 'audit_all'),
('public.conversations', 'touch_updated_at'),
('public.customer_imports', 'audit'),
('public.customer_imports', 'audit_all'),
('public.customer_imports', 'audit_new'),
('public.customers', 'audit_all'),
('public.customers', 'audit_changed'),
('public.customers', 'audit_deleted'),
('public.customers', 'audit_new'),
('public.customers', 'clean_texts'),
('public.customers', 'forget_all_customers'),
('public.customers', 'forget_deleted_customers'),
('public.customers', 'keep_deleted_customers'),
('public.customers', 'normalize_changed_phone'),
('public.customers', 'normalize_new_phone'),
('public.customers', 'own_new_row'),
('public.customers', 'refuse_unavailable_changed_phone'),
('public.customers', 'refuse_unavailable_new_phone'),
('public.customers', 'search_changed_customers'),
('public.customers', 'search_new_customers'),
('public.customers', 'suppress_changed_customers'),
('public.customers', 'suppress_new_customers'),
('public.customers', 'tally_deleted_customers'),
('public.customers', 'tally_new_customers'),
('public.customers', 'touch_updated_at'),
('public.invite_codes', 'audit'),
('public.invite_codes', 'audit_all'),
('public.invite_codes', 'expire_invite'),
('public.invite_redemptions', 'mail_registration'),
('public.user_profiles', 'A_clear_references'),
('public.user_profiles', 'audit'),
('public.user_profiles', 'audit_all'),
('public.user_profiles', 'audit_new'),
('public.user_profiles', 'carry_out_profile_decision'),
('public.user_profiles', 'check_profile_decision'),
('public.user_profiles', 'follow_account'),
('public.user_profiles', 'give_templates'),
('public.user_profiles', 'pause_campaigns_of_owner'),
('public.user_profiles', 'touch_updated_at');

create temp view existing as
select n.nspname || '.' || c.relname as table_name, t.tgname::text as trigger_name
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_proc p on p.oid = t.tgfoid
where not t.tgisinternal and t.tgenabled <> 'D'
  and (n.nspname in ('public', 'private') or p.pronamespace in ('public'::regnamespace, 'private'::regnamespace));

select is_empty(
  'select * from existing except select * from listed',
  'no trigger is new. If one is: imports bypass row triggers on customers; say in the migration and in the import '
  || 'what stands in for it, then add it here. On any other table, say at the table what it does, then add it here'
);
select is_empty(
  'select * from listed except select * from existing',
  'no trigger is gone or switched off. If one is meant to be: take it off the comment at its table and off this list'
);
select bag_eq(
  $$ select t.tgrelid::regclass::text, t.tgname::text from pg_trigger t where not t.tgisinternal and t.tgenabled <> 'O' $$,
  $$ select l.table_name, l.trigger_name from listed l
     where l.table_name in ('private.audit_log', 'private.consent_events', 'private.suppression_lifts', 'private.suppressions')
       and l.trigger_name like 'keep\_%' $$,
  'what is only added to is kept also from who skips triggers'
);
-- A foreign key is checked by a trigger, so an import bypasses it too.
select is(
  (
    select array_agg(k.conname::text order by k.conname)
    from pg_constraint k
    where k.conrelid = 'public.customers'::regclass and k.contype = 'f'
  ),
  array['customers_user_id_fkey'],
  'customers has no new foreign key. If it has: imports bypass it; say in the migration and in the import what stands in '
  || 'for it, then add it here'
);

select * from finish();
rollback;
