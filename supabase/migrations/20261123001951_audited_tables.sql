-- What the audit log watches. Every other table stands with its reason in supabase/tests/325_audit_log_test.sql. All
-- triggers are called audit…, run after the write, and do nothing but append to private.audit_log; those of customers and
-- `audit_all` (truncate) once for a statement, the others for each row. Arguments: see private.audit_row.
--
-- None may cost where thousands of rows are written. Callbacks count in campaigns: an update that sets only columns which are
-- not named here fires nothing. An import, a service, returns before it looks at a row.

-- People, and who lets them in.
create trigger audit_new after insert on public.user_profiles
  for each row when (new.role is distinct from 'user' or new.status is distinct from 'pending')
  execute function private.audit_row('user', 'id', 'id', 'always', 'user_id role status invited_by invited_at approved_at');
create trigger audit after delete or update of user_id, role, status, invited_by, invite_code, deleted_at on public.user_profiles
  for each row execute function private.audit_row(
    'user', 'id', 'id', 'always', 'user_id role status invited_by invited_at approved_at deleted_at'
  );
create trigger audit after update of handed_over_to on private.deleted_accounts
  for each row execute function private.audit_row(
    'user.handed_over', 'profile_id', 'profile_id', 'always', 'deleted_at deleted_by handed_over_to handed_over_at'
  );
create trigger audit after insert or update or delete on public.invite_codes
  for each row execute function private.audit_row('invite', 'id', '', 'always', 'created_by expires_at max_uses revoked_at');
create trigger audit_new after insert on public.admin_password_resets
  for each row execute function private.audit_row('password_reset.created', 'id', 'user_id', 'always', 'user_id admin_id status');

-- What accounts may do, and whether anything is sent.
create trigger audit after insert or update or delete on private.account_limits
  for each row execute function private.audit_row('limits.changed', 'user_id', 'user_id', 'always', '*');
create trigger audit after insert or update or delete on private.stopped_accounts
  for each row execute function private.audit_row('sending', 'user_id', 'user_id', 'always', '*');
create trigger audit after insert or update or delete on private.sending_switch
  for each row execute function private.audit_row('sending', 'only_row', '', 'always', '*');
create trigger audit
  after insert or delete or update of phone_number, messaging_service_sid, is_default, segments_per_second on private.senders
  for each row execute function private.audit_row(
    'sender', 'id', '', 'always', 'phone_number messaging_service_sid is_default segments_per_second hold_reason'
  );

-- Rules for everybody.
create trigger audit after insert or update or delete on private.sign_in_rules
  for each row execute function private.audit_row('second_factor.changed', 'only_row', '', 'always', '*');
create trigger audit after insert or update or delete on private.invite_rules
  for each row execute function private.audit_row('invite_rules.changed', 'only_row', '', 'always', '*');
create trigger audit after insert or update or delete on private.default_limits
  for each row execute function private.audit_row('default_limits.changed', 'only_row', '', 'always', '*');
create trigger audit after insert or update or delete on private.ramp_up_steps
  for each row execute function private.audit_row('ramp_up.changed', 'from_day', '', 'always', '*');
create trigger audit after insert or update or delete on private.breaker_limits
  for each row execute function private.audit_row('breaker_limits.changed', 'only_row', '', 'always', '*');
create trigger audit after insert or update or delete on private.sender_alarm_limits
  for each row execute function private.audit_row('sender_alarm_limits.changed', 'only_row', '', 'always', '*');
create trigger audit after insert or update or delete on private.quiet_hours
  for each row execute function private.audit_row('quiet_hours.changed', 'state', '', 'always', '*');
create trigger audit after insert or update or delete on private.frequency_caps
  for each row execute function private.audit_row('frequency_caps.changed', 'state', '', 'always', '*');
create trigger audit after insert or update or delete on private.frequency_cap_for_all
  for each row execute function private.audit_row('frequency_caps.changed', 'only_row', '', 'always', '*');
create trigger audit after insert or update or delete on private.area_codes
  for each row execute function private.audit_row('area_codes.changed', 'area_code', '', 'always', '*');
create trigger audit after insert or update or delete on private.calling_codes
  for each row execute function private.audit_row('calling_codes.changed', 'first_digits', '', 'always', '*');
create trigger audit after insert or update or delete on private.number_plans
  for each row execute function private.audit_row('number_plans.changed', 'country_code', '', 'always', '*');
create trigger audit after insert or update or delete on private.default_templates
  for each row execute function private.audit_row('default_templates.changed', 'name', '', 'always', '*');
create trigger audit after insert or update or delete on private.retention
  for each row execute function private.audit_row('retention.changed', 'only_row', '', 'always', '*');

-- Who may be texted or mailed. Of suppressions only what a person says: the others say themselves where they come from.
create trigger audit_new after insert on private.suppressions
  for each row when (new.source = 'person')
  execute function private.audit_row('suppression', 'id', 'user_id', 'others', 'user_id reason since source');
create trigger audit_new after insert on private.suppression_lifts
  for each row when (new.source = 'person')
  execute function private.audit_row('suppression.lifted', 'suppression_id', '', 'others', 'lifted_at lifted_by source');
create trigger audit_new after insert on private.mail_suppression_lifts
  for each row execute function private.audit_row('mail_suppression.lifted', 'id', '', 'always', 'reason suppressed_at lifted_at lifted_by');
-- Not whose number it was, not even its hash.
create trigger audit_new after insert on private.erased_numbers
  for each row execute function private.audit_row('person.erased', '', '', 'always', 'erased_at erased_by');

-- Other people's rows.
create trigger audit_new after insert on public.campaigns
  for each row execute function private.audit_row(
    'campaign', 'id', 'user_id', 'others', 'user_id status scheduled_at sender_id template_id test_of reply_to'
  );
create trigger audit after delete or update of
  user_id, name, message_body, status, scheduled_at, audience, sender_id, quiet_hours, requires_consent, template_id, launch_after
  on public.campaigns
  for each row execute function private.audit_row(
    'campaign', 'id', 'user_id', 'others',
    'user_id status scheduled_at sent_at launched_at failure_reason sender_id paused_at pause_reason canceled_at launch_after template_id test_of reply_to'
  );
-- Not those that an approval gives.
create trigger audit_new after insert on public.campaign_templates
  for each row when (new.is_default is not true)
  execute function private.audit_row('template', 'id', 'user_id', 'others', 'user_id category');
create trigger audit after update or delete on public.campaign_templates
  for each row execute function private.audit_row('template', 'id', 'user_id', 'others', 'user_id category');
create trigger audit_new after insert on public.customer_imports
  for each row execute function private.audit_row('customer_import', 'id', 'user_id', 'others', 'user_id status');
create trigger audit after delete or update of user_id, status, cancel_requested_at, rejects_kept on public.customer_imports
  for each row execute function private.audit_row(
    'customer_import', 'id', 'user_id', 'others', 'user_id status phase cancel_requested_at undone_at finished_at'
  );
create trigger audit after update of reviewed_at on public.conversations
  for each row execute function private.audit_row(
    'conversation.reviewed', 'id', 'user_id', 'others', 'review_by reviewed_at reviewed_by'
  );
create trigger audit_new after insert on public.customers
  referencing new table as changed_rows for each statement execute function private.audit_customers();
create trigger audit_changed after update on public.customers
  referencing old table as changed_rows for each statement execute function private.audit_customers();
create trigger audit_deleted after delete on public.customers
  referencing old table as changed_rows for each statement execute function private.audit_customers();

-- All of them at once.
do $$
declare
  watched regclass;
begin
  for watched in
    select distinct t.tgrelid from pg_catalog.pg_trigger t
    where t.tgfoid in ('private.audit_row'::regproc, 'private.audit_customers'::regproc)
  loop
    execute format('create trigger audit_all after truncate on %s for each statement execute function private.audit_truncation()', watched);
  end loop;
end
$$;
