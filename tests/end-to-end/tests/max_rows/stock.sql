-- Nine of everything that a list shows. They are made in one moment, so that nothing but their ids tells their order.
-- The setting stock.owner names the profile of their owner.

create temp view nine as select n, current_setting('stock.owner')::uuid as owner from generate_series(1, 9) n;

insert into public.campaign_templates (user_id, name) select owner, 'Template' from nine;

insert into public.customers (id, user_id, phone)
select ('c0000000-0000-4000-8000-00000000000' || n)::uuid, owner, '+1415555010' || n from nine;
insert into public.customers (user_id, phone, first_name) select owner, '+1415555020' || n, 'Gone' from nine;
delete from public.customers where first_name = 'Gone';

insert into public.customer_imports (id, user_id, status, phase, header, rejected, rejects_kept)
select ('10000000-0000-4000-8000-00000000000' || n)::uuid, owner, 'completed', 'done', '{phone}', 9, 9 from nine;
insert into public.customer_import_rejects (import_id, row, column_name, code, detail, cells)
select '10000000-0000-4000-8000-000000000001', n + 1, 'phone', 'phone_short_code', 'this is a short code', array['1234' || n] from nine;

insert into private.suppressions (phone, user_id, reason, source) select '+1415555040' || n, owner, 'manual', 'person' from nine;

insert into public.campaigns (id, user_id, name) select ('ca000000-0000-4000-8000-00000000000' || n)::uuid, owner, 'Campaign' from nine;
insert into public.campaign_messages (campaign_id, customer_id, phone_number, position, state)
select 'ca000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', '+14155550101', n,
  (array['AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'FL'])[n]
from nine;
insert into public.campaigns (id, user_id, name, test_of)
select ('7e000000-0000-4000-8000-00000000000' || n)::uuid, owner, 'Test', 'ca000000-0000-4000-8000-000000000001' from nine;
insert into public.campaign_messages (campaign_id, phone_number, position)
select ('7e000000-0000-4000-8000-00000000000' || n)::uuid, '+14155550101', 1 from nine;

insert into public.conversations (id, user_id, phone, last_message_at, last_inbound_at)
select ('c0400000-0000-4000-8000-00000000000' || n)::uuid, owner, '+1415555010' || n, now(), now() from nine;
insert into public.conversation_messages (conversation_id, direction, body)
select 'c0400000-0000-4000-8000-000000000001', 'in', 'Hello' from nine;

insert into private.senders (id, phone_number)
select ('5e000000-0000-4000-8000-00000000000' || n)::uuid, '+1415555030' || n from nine;
insert into private.sender_days (sender_id, day, kind, n)
select '5e000000-0000-4000-8000-000000000001', (now() at time zone 'UTC')::date - n, 'sent', 1 from nine;

insert into public.phone_refusals (user_id, day, refused) select owner, (now() at time zone 'UTC')::date - n, 1 from nine;
insert into public.invite_codes (code) select 'STOCK-' || n from nine;
insert into private.mail_suppressions (address, reason) select n || '@stock.test', 'bounced' from nine;
insert into public.admin_password_resets (user_id, admin_id, status) select owner, owner, 'cancelled' from nine;
