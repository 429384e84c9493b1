-- The eight tables are the frontend's contract: names, types, nullability and defaults, to the letter.
begin;
create extension if not exists pgtap with schema extensions;
select plan(10);

create temp table contract (table_name text, columns text[]);
insert into contract values
('user_profiles', '{"id|uuid|NO|gen_random_uuid()","user_id|uuid|YES|","role|text|YES|''user''::text","status|text|YES|''pending''::text","invited_by|uuid|YES|","invite_code|text|YES|","invited_at|timestamp with time zone|YES|","approved_at|timestamp with time zone|YES|","last_login_at|timestamp with time zone|YES|","created_at|timestamp with time zone|YES|now()","updated_at|timestamp with time zone|YES|now()"}'),
('customers', '{"id|uuid|NO|gen_random_uuid()","user_id|uuid|YES|","phone|text|NO|","first_name|text|YES|","last_name|text|YES|","email|text|YES|","state|text|YES|","status|text|YES|''active''::text","created_at|timestamp with time zone|YES|now()","updated_at|timestamp with time zone|YES|now()"}'),
('campaigns', '{"id|uuid|NO|gen_random_uuid()","user_id|uuid|YES|","name|text|NO|","message_body|text|YES|","status|text|YES|''draft''::text","total_recipients|integer|YES|0","sent_count|integer|YES|0","delivered_count|integer|YES|0","failed_count|integer|YES|0","scheduled_at|timestamp with time zone|YES|","sent_at|timestamp with time zone|YES|","created_at|timestamp with time zone|YES|now()","updated_at|timestamp with time zone|YES|now()"}'),
('campaign_messages', '{"id|uuid|NO|gen_random_uuid()","campaign_id|uuid|YES|","customer_id|uuid|YES|","phone_number|text|YES|","message_body|text|YES|","status|text|YES|''pending''::text","twilio_sid|text|YES|","sent_at|timestamp with time zone|YES|","delivered_at|timestamp with time zone|YES|","error_message|text|YES|","created_at|timestamp with time zone|YES|now()","updated_at|timestamp with time zone|YES|now()"}'),
('campaign_templates', '{"id|uuid|NO|gen_random_uuid()","user_id|uuid|YES|","name|text|NO|","message_body|text|YES|","category|text|YES|''general''::text","is_default|boolean|YES|false","created_at|timestamp with time zone|YES|now()","updated_at|timestamp with time zone|YES|now()"}'),
('invite_codes', '{"id|uuid|NO|gen_random_uuid()","code|text|NO|","created_by|uuid|YES|","expires_at|timestamp with time zone|YES|","max_uses|integer|YES|1","email|text|YES|","notes|text|YES|","created_at|timestamp with time zone|YES|now()"}'),
('password_reset_tokens', '{"id|uuid|NO|gen_random_uuid()","token|text|NO|","user_id|uuid|YES|","email|text|NO|","expires_at|timestamp with time zone|NO|","created_at|timestamp with time zone|YES|now()","used_at|timestamp with time zone|YES|","is_used|boolean|YES|false","created_by|uuid|YES|","reset_type|text|YES|''user''::text","notes|text|YES|"}'),
('admin_password_resets', '{"id|uuid|NO|gen_random_uuid()","user_id|uuid|YES|","admin_id|uuid|YES|","reset_token_id|uuid|YES|","reason|text|YES|","created_at|timestamp with time zone|YES|now()","completed_at|timestamp with time zone|YES|","status|text|YES|''pending''::text"}');

-- Added columns may follow; the specification's come first, in order, unchanged.
select is(
  (
    select array_agg(concat_ws('|', c.column_name, c.data_type, c.is_nullable, coalesce(c.column_default, '')) order by c.ordinal_position)
    from information_schema.columns c
    where c.table_schema = 'public' and c.table_name = k.table_name and c.ordinal_position <= cardinality(k.columns)
  ),
  k.columns,
  k.table_name || ' has the columns of the specification'
)
from contract k;

-- The values of columns that take only some: the specification's, and those that were added.
create temp table listed (column_name text, valid text[]);
insert into listed values
  ('public.admin_password_resets.status', '{cancelled,completed,expired,pending}'),
  ('public.campaign_messages.status', '{delivered,failed,pending,sent}'),
  ('public.campaign_skips.reason', '{country_not_allowed,inactive,invalid_phone,no_consent,not_textable,suppressed}'),
  ('public.campaign_templates.category', '{alerts,announcements,general,marketing,reminders}'),
  ('public.campaigns.status', '{canceled,draft,failed,paused,scheduled,sending,sent}'),
  ('public.conversation_messages.direction', '{in,out}'),
  ('public.conversation_messages.keyword', '{help,likely_revocation,other,start,stop}'),
  ('public.customer_imports.phase', '{done,reading,saving,verifying}'),
  ('public.customer_imports.status', '{canceled,completed,failed,running,undone}'),
  ('public.customers.inactive_reason', '{complaint,declined,invalid_number,likely_revoked,listed,manual,opted_out,unreachable}'),
  ('public.customers.status', '{active,inactive}'),
  ('public.password_reset_tokens.reset_type', '{admin,user}'),
  ('public.user_profiles.role', '{admin,user}'),
  ('public.user_profiles.status', '{approved,pending,rejected}');
select bag_eq(
  $$ select n.nspname || '.' || c.relname || '.' || t.attname as column_name, array(
       select m[1] from regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') m order by m[1] collate "C"
     ) as valid
     from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute t on t.attrelid = c.oid and t.attnum = k.conkey[1]
     where k.contype = 'c' and n.nspname = 'public' and pg_get_constraintdef(k.oid) like '%= ANY (ARRAY[%' $$,
  'select * from listed',
  'columns with a choice of values take those on the list'
);

select is_empty(
  $$ select c.oid::regclass from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity $$,
  'every table in public has row level security'
);

select * from finish();
rollback;
