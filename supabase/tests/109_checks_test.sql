-- Every check of ours: how long texts may be, which words a column takes, and of each other rule a row that it refuses
-- beside the nearest that it takes. Made from the catalogue, so that none is missing, dropped or widened unnoticed. The
-- checks themselves are asked, since what else a row needs is not theirs to say.
begin;
create extension if not exists pgtap with schema extensions;
select no_plan();
-- So that names are written with their schemas.
set local search_path = extensions;

create temp view checks as
select k.oid, k.conrelid as table_id, n.nspname || '.' || c.relname as table_name, k.conname::text as name, k.conkey,
  pg_get_expr(k.conbin, k.conrelid) as condition
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where k.contype = 'c' and n.nspname in ('public', 'private') and not c.relispartition;
select is_empty(
  $$ select c.table_name, c.name from checks c join pg_constraint k on k.oid = c.oid where not k.convalidated $$,
  'each check holds for the rows that were there before it too'
);

-- How long texts, lists and objects may be. That each has such a check, and that it refuses, 106 shows.
create temp table lengths (name text, unit text, most integer);
insert into lengths values
  ('private.account_limits.countries', 'cardinality', 300),
  ('private.audit_log.action', 'char_length', 64),
  ('private.audit_log.after', 'pg_column_size', 65536),
  ('private.audit_log.application', 'char_length', 64),
  ('private.audit_log.before', 'pg_column_size', 65536),
  ('private.audit_log.operator', 'char_length', 100),
  ('private.audit_log.request_id', 'char_length', 64),
  ('private.audit_log.role', 'char_length', 64),
  ('private.audit_log.row_id', 'char_length', 200),
  ('private.audit_log.table_name', 'char_length', 64),
  ('private.consent_events.evidence', 'pg_column_size', 65536),
  ('private.consent_events.phone', 'char_length', 64),
  ('private.consent_heads.phone', 'char_length', 64),
  ('private.default_limits.countries', 'cardinality', 300),
  ('private.erased_numbers.why', 'char_length', 1000),
  ('private.event_stream_tokens.path', 'char_length', 200),
  ('private.event_stream_tokens.sealed', 'char_length', 24576),
  ('private.event_stream_tokens.token_hash', 'char_length', 64),
  ('private.idempotency_keys.key', 'length', 255),
  ('private.mail_suppression_lifts.why', 'char_length', 1000),
  ('private.mails.recipient', 'char_length', 255),
  ('private.password_reset_requests.email', 'char_length', 254),
  ('private.stopped_accounts.reason', 'char_length', 1000),
  ('private.suppression_lifts.why', 'char_length', 1000),
  ('private.suppressions.evidence', 'pg_column_size', 65536),
  ('private.suppressions.phone', 'char_length', 64),
  ('private.test_sends.phone', 'char_length', 64),
  ('public.admin_password_resets.reason', 'char_length', 1000),
  ('public.campaign_templates.message_body', 'octet_length', 8000),
  ('public.campaign_templates.name', 'char_length', 200),
  ('public.campaigns.message_body', 'octet_length', 8000),
  ('public.campaigns.name', 'char_length', 200),
  ('public.conversation_messages.body', 'char_length', 1600),
  ('public.conversation_messages.twilio_sid', 'char_length', 64),
  ('public.conversations.our_number', 'char_length', 64),
  ('public.conversations.phone', 'char_length', 64),
  ('public.conversations.review_note', 'char_length', 1000),
  ('public.customer_import_rejects.cells', 'cardinality', 2048),
  ('public.customer_import_rejects.cells', 'pg_column_size', 1048576),
  ('public.customer_import_rejects.column_name', 'octet_length', 262144),
  ('public.customer_imports.columns', 'pg_column_size', 1048576),
  ('public.customer_imports.file_hash', 'char_length', 64),
  ('public.customer_imports.file_name', 'char_length', 255),
  ('public.customer_imports.header', 'cardinality', 2048),
  ('public.customer_imports.header', 'pg_column_size', 1048576),
  ('public.customers.email', 'char_length', 254),
  ('public.customers.first_name', 'char_length', 200),
  ('public.customers.last_name', 'char_length', 200),
  ('public.customers.phone', 'char_length', 64),
  ('public.customers.state', 'char_length', 64),
  ('public.invite_codes.code', 'char_length', 64),
  ('public.invite_codes.email', 'char_length', 254),
  ('public.invite_codes.notes', 'char_length', 1000),
  ('public.password_reset_tokens.email', 'char_length', 255),
  ('public.password_reset_tokens.notes', 'char_length', 1000),
  ('public.password_reset_tokens.token', 'char_length', 64),
  ('public.phone_lookups.line_type', 'length', 32),
  ('public.user_profiles.invite_code', 'char_length', 64);
select bag_eq(
  $$ select c.table_name || '.' || (m.m)[2] as name, (m.m)[1] as unit, (m.m)[3]::integer as most
     from checks c, regexp_matches(c.condition, '(\w*length|cardinality|pg_column_size)\((\w+)\) <= (\d+)', 'g') m (m) $$,
  'select * from lengths',
  'lengths are those on the list'
);

-- The words that a column of ours takes; those of the tables in public are the frontend's contract, and stand in 100.
create temp table words (name text, valid text[]);
insert into words values
('private.audit_log.actor_kind', '{admin,operator,service,sql,user}'),
  ('private.cleared_references.column_name', '{admin_id,created_by,invited_by}'),
  ('private.cleared_references.table_name', '{admin_password_resets,invite_codes,password_reset_tokens,user_profiles}'),
  ('private.consent_events.action', '{given,revoked}'),
  ('private.consent_events.source', '{api,import,inbound,list,person}'),
  ('private.frequency_caps.confidence', '{high,low,medium}'),
  ('private.mail_suppressions.reason', '{bounced,complained,suppressed}'),
  ('private.mails.kind', '{approval,campaign_finished,campaign_paused,email_changed,invitation,password_changed,password_reset,registration,rejection,sender_alarm}'),
  ('private.mails.state', '{canceled,failed,queued,sent,suppressed}'),
  ('private.quiet_hours.confidence', '{high,low,medium}'),
  ('private.sender_alarms.kind', '{filtered,opted_out,unregistered}'),
  ('private.sender_tallies.kind', '{delivered,failed,opted_out,sent}'),
  ('private.suppression_lifts.source', '{import,person,start}'),
  ('private.suppressions.reason', '{complaint,declined,invalid_number,likely_revoked,listed,manual,opted_out,unreachable}'),
  ('private.suppressions.source', '{import,list,person,stop,twilio,words}'),
  ('private.twilio_events.kind', '{inbound,status}');
create temp view choices as
select c.oid, c.table_name || '.' || t.attname as name,
  array(select m[1] from regexp_matches(c.condition, '''([^'']*)''::text', 'g') m order by m[1] collate "C") as valid
from checks c join pg_attribute t on t.attrelid = c.table_id and t.attnum = c.conkey[1]
where c.condition ~ '^\(\w+ = ANY \(ARRAY\[[^()]*\]\)\)$';
select bag_eq(
  $$ select c.name, c.valid from choices c where c.name like 'private.%' $$,
  'select * from words',
  'columns with a choice of words take those on the list'
);

-- All other rules. A column that is not named is null, about which no check has anything to say.
create temp table rules (table_name text, refused jsonb, taken jsonb);
insert into rules values
  ('private.account_limits', '{"cost_per_day": -0.01}', '{"cost_per_day": 0}'),
  ('private.account_limits', '{"countries": ["USA"]}', '{"countries": ["US", "DE"]}'),
  ('private.account_limits', '{"countries": ["US", null]}', '{"countries": ["US"]}'),
  ('private.account_limits', '{"countries": []}', '{"countries": null}'),
  ('private.account_limits', '{"messages_per_day": -1}', '{"messages_per_day": 0}'),
  ('private.account_limits', '{"price_per_segment": -0.01}', '{"price_per_segment": 0}'),
  ('private.account_limits', '{"segments_per_day": -1}', '{"segments_per_day": 0}'),
  ('private.area_codes', '{"area_code": "199"}', '{"area_code": "200"}'),
  ('private.area_codes', '{"area_code": "2222"}', '{"area_code": "999"}'),
  ('private.area_codes', '{"zones": [null]}', '{"zones": ["America/Chicago"]}'),
  ('private.breaker_limits', '{"least_messages": 0}', '{"least_messages": 1}'),
  ('private.calling_codes', '{"country": "USA"}', '{"country": "US"}'),
  ('private.calling_codes', '{"first_digits": "199"}', '{"first_digits": "200"}'),
  ('private.calling_codes', '{"first_digits": "2222"}', '{"first_digits": "999"}'),
  ('private.customer_search_backlog', '{}', '{"customer_ids": []}'),
  ('private.customer_search_backlog',
    '{"after_id": "a0000000-0000-4000-8000-000000000109"}',
    '{"after_id": "a0000000-0000-4000-8000-000000000109", "last_id": "b0000000-0000-4000-8000-000000000109"}'),
  ('private.customer_search_backlog',
    '{"customer_ids": [], "last_id": "b0000000-0000-4000-8000-000000000109"}', '{"customer_ids": []}'),
  ('private.customer_search_backlog', '{"customer_ids": [], "failed_with": "4000"}', '{"customer_ids": [], "failed_with": "40001"}'),
  ('private.default_limits', '{"cost_per_day": -0.01}', '{"cost_per_day": 0}'),
  ('private.default_limits', '{"countries": ["USA"]}', '{"countries": ["US", "DE"]}'),
  ('private.default_limits', '{"countries": ["US", null]}', '{"countries": ["US"]}'),
  ('private.default_limits', '{"countries": []}', '{"countries": null}'),
  ('private.default_limits', '{"messages_per_day": -1}', '{"messages_per_day": 0}'),
  ('private.default_limits', '{"price_per_segment": -0.01}', '{"price_per_segment": 0}'),
  ('private.default_limits', '{"segments_per_day": -1}', '{"segments_per_day": 0}'),
  ('private.frequency_cap_for_all', '{"max_messages": 0}', '{"max_messages": 1}'),
  ('private.frequency_cap_for_all', '{"window_hours": 0}', '{"window_hours": 1}'),
  ('private.frequency_caps', '{"max_messages": 0}', '{"max_messages": 1}'),
  ('private.frequency_caps', '{"state": "FLA"}', '{"state": "FL"}'),
  ('private.frequency_caps', '{"window_hours": 0}', '{"window_hours": 1}'),
  ('private.idempotency_keys', '{"key": ""}', '{"key": "a"}'),
  ('private.invite_rules', '{"valid_for": "0 seconds"}', '{"valid_for": "1 second"}'),
  ('private.mail_suppressions', '{"address": "A@b.example"}', '{"address": "a@b.example"}'),
  ('private.number_plans', '{"country_code": "1"}', '{"country_code": "2"}'),
  ('private.number_plans', '{"country_code": "4900"}', '{"country_code": "490"}'),
  ('private.phone_lookup_spending', '{"lookups": -1}', '{"lookups": 0}'),
  ('private.quiet_hours', '{"opens": "09:00"}', '{"opens": "09:00", "closes": "20:00"}'),
  ('private.quiet_hours', '{"opens": "07:59", "closes": "20:00"}', '{"opens": "08:00", "closes": "20:00"}'),
  ('private.quiet_hours', '{"opens": "09:00", "closes": "21:01"}', '{"opens": "09:00", "closes": "21:00"}'),
  ('private.quiet_hours', '{"opens": "12:00", "closes": "12:00"}', '{"opens": "12:00", "closes": "12:01"}'),
  ('private.quiet_hours', '{"dow": -1}', '{"dow": 0}'),
  ('private.quiet_hours', '{"dow": 8}', '{"dow": 7}'),
  ('private.quiet_hours', '{"state": "FLA"}', '{"state": "FL"}'),
  ('private.ramp_up_steps', '{"from_day": -1}', '{"from_day": 0}'),
  ('private.ramp_up_steps', '{"messages_per_day": -1}', '{"messages_per_day": 0}'),
  ('private.send_ranges', '{"first": 2, "last": 1}', '{"first": 2, "last": 2}'),
  ('private.sender_alarm_limits', '{"least_messages": 0}', '{"least_messages": 1}'),
  ('private.senders',
    '{"messaging_service_sid": "+MG0123456789abcdef0123456789abcdef"}', '{"messaging_service_sid": "MG0123456789abcdef0123456789abcdef"}'),
  ('private.senders',
    '{"messaging_service_sid": "MG0123456789abcdef0123456789abcdef0"}', '{"messaging_service_sid": "MG0123456789ABCDEF0123456789ABCDEF"}'),
  ('private.senders', '{"phone_number": "12"}', '{"phone_number": "123"}'),
  ('private.senders', '{"phone_number": "+1234567890123456"}', '{"phone_number": "+123456789012345"}'),
  ('private.senders', '{"segments_per_second": 0}', '{"segments_per_second": 0.1}'),
  ('public.campaign_templates', '{"name": "\u00a0"}', '{"name": "a"}'),
  ('public.campaign_templates', '{"name": "a\u0007"}', '{"name": "a b"}'),
  ('public.campaigns', '{"audience": {"states": []}}', '{"audience": {"states": ["CA"]}}'),
  ('public.campaigns', '{"name": "\u00a0"}', '{"name": "a"}'),
  ('public.campaigns', '{"name": "a\u0007"}', '{"name": "a b"}'),
  ('public.customers', '{"attributes": {"plan": {}}}', '{"attributes": {"plan": "gold"}}'),
  ('public.customers', '{"attributes": []}', '{"attributes": {}}'),
  ('public.customers', '{"email": "a b@c.example"}', '{"email": "a+b@c.example"}'),
  ('public.customers', '{"first_name": "A\u200b"}', '{"first_name": "A"}'),
  ('public.customers', '{"last_name": "A\u200b"}', '{"last_name": "A"}'),
  ('public.customers', '{"state": "CA\u200b"}', '{"state": "CA"}'),
  ('public.customers', '{"tags": ["vip", "vip"]}', '{"tags": ["vip"]}'),
  ('public.customers', '{"tags": [""]}', '{"tags": []}'),
  ('public.invite_codes', '{"max_uses": 0}', '{"max_uses": 1}'),
  ('public.phone_lookups', '{"country_code": "USA"}', '{"country_code": "US"}'),
  ('public.phone_lookups', '{"phone": "1+14155550109"}', '{"phone": "+14155550109"}'),
  ('public.phone_lookups', '{"phone": "+1"}', '{"phone": "+12"}'),
  ('public.phone_lookups', '{"phone": "+123456789012345678"}', '{"phone": "+12345678901234567"}'),
  -- With the braces of the list.
  ('public.phone_lookups',
    jsonb_build_object('validation_errors', array[repeat('A', 499)]), jsonb_build_object('validation_errors', array[repeat('A', 498)]));
-- For how many days at least things are kept, and ten years at most.
insert into rules
select 'private.retention', jsonb_build_object(r.column_name, n.refused), jsonb_build_object(r.column_name, n.taken)
from (values
  ('admin_resets', 1), ('audit_log', 90), ('import_rejects', 1), ('imports', 1), ('mail_events', 7), ('mails', 7), ('phone_lookups', 1),
  ('reset_tokens', 1), ('test_sends', 1), ('twilio_events', 2)
) r (column_name, least), lateral (values (r.least - 1, r.least), (3651, 3650)) n (refused, taken);
-- Tables of one row: "only_row" is their key.
insert into rules
select n.nspname || '.' || c.relname, '{"only_row": false}', '{"only_row": true}'
from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private') and c.relkind = 'r' and t.attname = 'only_row' and not t.attisdropped;

-- The checks of a table that refuse a row.
create function pg_temp.refused_by(table_name text, columns jsonb) returns text[] language plpgsql as $$
declare
  names text[];
begin
  execute format(
    'select array_remove(array[%s]::text[], null) from jsonb_populate_record(null::%s, $1)',
    (select string_agg(format('case when not (%s) then %L end', c.condition, c.name), ', ') from checks c where c.table_name = $1),
    table_name
  ) into names using columns;
  return names;
end
$$;
select is_empty(
  $$ select r.table_name, r.refused, r.by from (select r.*, pg_temp.refused_by(r.table_name, r.refused) as by from rules r) r
     where cardinality(r.by) is distinct from 1 $$,
  'of these rows, each is refused by one rule'
);
select is_empty(
  $$ select r.table_name, r.taken, r.by from (select r.*, pg_temp.refused_by(r.table_name, r.taken) as by from rules r) r
     where r.by <> '{}' $$,
  'and those beside them are taken'
);
select is_empty(
  $$ select c.table_name, c.name from checks c
     where c.oid not in (select w.oid from choices w)
       and c.condition !~ '^\(+(\w*length|cardinality|pg_column_size)\(\w+\) <= \d+\)( AND \((\w*length|cardinality|pg_column_size)\(\w+\) <= \d+\))*\)*$'
     except select r.table_name, unnest(pg_temp.refused_by(r.table_name, r.refused)) from rules r $$,
  'every rule has a row here that it refuses. If a new one has none: add the nearest to what it takes'
);

select * from finish();
rollback;
