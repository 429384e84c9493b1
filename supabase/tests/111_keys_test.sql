-- What ties rows together: foreign keys, what is there once, what is never missing. Made from the catalogue, so that none is
-- dropped or added without being named here. Primary keys: 0004 in 108; the indexes of foreign keys: 105.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
-- So that names are written with their schemas.
set local search_path = extensions;

create temp view ours as
select c.oid, n.nspname as schema, n.nspname || '.' || c.relname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'm') and not c.relispartition
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e');
create function pg_temp.columns_of(table_id oid, numbers smallint[]) returns text language sql as $$
  select string_agg(t.attname, ', ' order by array_position(numbers, t.attnum))
  from pg_attribute t where t.attrelid = table_id and t.attnum = any (numbers)
$$;

-- What becomes of the rows that name one that is deleted.
create temp table named (target text, deleted text, columns text[]);
insert into named values
  ('auth.users', 'delete it too', array[
    'private.event_stream_tokens.user_id', 'public.user_profiles.user_id'
  ]),
  ('private.senders', 'delete it too', array[
    'private.send_lanes.sender_id', 'private.sender_alarms.sender_id', 'private.sender_days.sender_id'
  ]),
  ('private.senders', 'name nobody', array[
    'public.campaigns.sender_id', 'public.conversations.sender_id'
  ]),
  ('private.suppressions', 'delete it too', array['private.suppression_lifts.suppression_id']),
  ('public.campaign_messages', 'delete it too', array['private.message_attempts.message_id']),
  ('public.campaign_templates', 'name nobody', array['public.campaigns.template_id']),
  ('public.campaigns', 'delete it too', array[
    'private.campaign_minutes.campaign_id', 'private.campaign_outcomes.campaign_id',
    'private.campaign_states.campaign_id', 'private.send_claims.campaign_id', 'private.send_lanes.campaign_id',
    'private.send_ranges.campaign_id', 'private.send_retries.campaign_id', 'public.campaign_messages.campaign_id',
    'public.campaign_skips.campaign_id', 'public.campaigns.test_of'
  ]),
  ('public.conversations', 'delete it too', array[
    'public.campaigns.reply_to', 'public.conversation_messages.conversation_id'
  ]),
  ('public.customer_imports', 'delete it too', array[
    'private.customer_import_changes.import_id', 'private.customer_import_consents.import_id',
    'private.customer_import_ids.import_id', 'public.customer_import_rejects.import_id'
  ]),
  ('public.customer_imports', 'name nobody', array['public.customer_imports.same_file_as']),
  ('public.customers', 'delete it too', array[
    'private.customer_import_changes.customer_id', 'public.campaign_messages.customer_id',
    'public.campaign_skips.customer_id'
  ]),
  ('public.invite_codes', 'delete it too', array['public.invite_redemptions.invite_code_id']),
  ('public.invite_codes', 'name nobody', array['private.mails.invite_code_id']),
  ('public.password_reset_tokens', 'delete it too', array['public.admin_password_resets.reset_token_id']),
  ('public.user_profiles', 'refuse', array[
    'public.invite_codes.created_by', 'public.password_reset_tokens.created_by', 'public.user_profiles.invited_by'
  ]),
  ('public.user_profiles', 'delete it too', array[
    'private.account_limits.user_id', 'private.account_quarters.user_id', 'private.idempotency_keys.user_id',
    'private.launches.user_id', 'private.phone_lookup_spending.user_id',
    'private.stopped_accounts.user_id', 'private.suppressions.user_id', 'private.test_sends.account_id',
    'public.admin_password_resets.user_id', 'public.admin_password_resets.admin_id',
    'public.campaign_templates.user_id', 'public.campaigns.user_id', 'public.customer_imports.user_id',
    'public.customers.user_id', 'public.deleted_customers.user_id', 'public.password_reset_tokens.user_id',
    'public.phone_lookups.user_id', 'public.phone_refusals.user_id'
  ]),
  ('public.user_profiles', 'name nobody', array[
    'private.account_limits.changed_by', 'private.suppressions.lifted_by'
  ]);
select bag_eq(
  $$ select k.confrelid::regclass::text, case k.confdeltype when 'c' then 'delete it too' when 'n' then 'name nobody' else 'refuse' end,
       o.name || '.' || pg_temp.columns_of(k.conrelid, k.conkey)
     from pg_constraint k join ours o on o.oid = k.conrelid where k.contype = 'f' and k.convalidated $$,
  'select n.target, n.deleted, unnest(n.columns) from named n',
  'foreign keys are those on the list, and do what it says'
);

create temp table once (table_name text, columns text);
insert into once values
('private.campaign_outcomes', '(campaign_id, status, was_sent, reason, error_code) NULLS NOT DISTINCT'),
  ('private.campaign_states', '(campaign_id, state) NULLS NOT DISTINCT'),
  ('private.consent_events', '(phone, sequence)'),
  ('private.quiet_groups', '(area_code, state)'),
  ('private.sender_days', '(sender_id, day, kind, error_code) NULLS NOT DISTINCT'),
  ('private.senders', '(is_default) WHERE is_default'),
  ('private.senders', '(phone_number, messaging_service_sid) NULLS NOT DISTINCT'),
  ('private.suppressions', '(phone, user_id, reason) NULLS NOT DISTINCT WHERE (lifted_at IS NULL)'),
  ('public.campaign_messages', '(campaign_id, "position")'),
  ('public.campaign_messages', '(twilio_sid) WHERE (twilio_sid IS NOT NULL)'),
  ('public.conversation_messages', '(twilio_sid) WHERE (twilio_sid IS NOT NULL)'),
  ('public.conversations', '(phone, user_id) NULLS NOT DISTINCT'),
  ('public.customers', '(phone)'),
  ('public.invite_codes', '(code)'),
  ('public.invite_codes', '(private.plain_invite_code(code))'),
  ('public.invite_redemptions', '(profile_id)'),
  ('public.password_reset_tokens', '(user_id) WHERE (NOT is_used)'),
  ('public.password_reset_tokens', '(token)'),
  ('public.phone_refusals', '(user_id, day)'),
  ('public.user_profiles', '(invite_code)'),
  ('public.user_profiles', '(user_id) WHERE (user_id IS NOT NULL)');
select bag_eq(
  $$ select o.name, regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING btree ', '')
     from pg_index i join ours o on o.oid = i.indrelid where i.indisunique and not i.indisprimary and i.indisvalid $$,
  'select * from once',
  'what is there once stands on the list'
);

-- Which columns are never null. Of the eight tables of the frontend this is its contract: see 100.
create temp table filled (table_name text, columns text);
insert into filled values
  ('public.admin_password_resets', 'id'),
  ('public.campaign_messages', 'id, attempts, retries'),
  ('public.campaign_skips', 'campaign_id, customer_id, reason'),
  ('public.campaign_templates', 'id, name'),
  ('public.campaigns',
    'id, name, skipped, pending_count, skipped_count, filtered_count, unregistered_count, '
    || 'opted_out_count, quiet_hours, requires_consent'),
  ('public.conversation_messages', 'id, conversation_id, direction, body, num_media, created_at'),
  ('public.conversations',
    'id, phone, last_message_at, last_inbound_at, unread_count, needs_review, created_at, updated_at'),
  ('public.customer_import_rejects', 'import_id, row, column_name, code, detail, cells'),
  ('public.customer_imports',
    'id, user_id, status, phase, dry_run, bytes_read, rows_read, rejects_kept, created_at, updated_at'),
  ('public.customers', 'id, phone, tags, attributes'),
  ('public.deleted_customers', 'id, phone, tags, attributes, deletion_id, deleted_at'),
  ('public.invite_codes', 'id, code'),
  ('public.invite_redemptions', 'id, invite_code_id, profile_id, redeemed_at'),
  ('public.password_reset_tokens', 'id, token, email, expires_at'),
  ('public.phone_lookups', 'user_id, phone, valid, validation_errors, looked_up_at'),
  ('public.phone_refusals', 'id, user_id, day, refused'),
  ('public.user_profiles', 'id');
select bag_eq(
  $$ select o.name, string_agg(t.attname, ', ' order by t.attnum)
     from ours o join pg_attribute t on t.attrelid = o.oid and t.attnum > 0 and not t.attisdropped and t.attnotnull
     where o.schema = 'public' group by o.name $$,
  'select * from filled',
  'what people read is filled where the list says so'
);

select * from finish();
rollback;
