-- All that is known of one number, for whoever asks "when did I agree?", and how it is erased. After all tables that keep
-- numbers: whoever adds one adds it to both functions here.

-- What concerns a number: {"phone", "has_consent", "may_text", "suppressed_for", "consents": […], "suppressions": […],
-- "messages": […], "received": […]}, each list in the order of time. Of one account, and of what concerns every account;
-- with `owner` null of all accounts, for operators. `complete` reads every message that there is, also of customers who have
-- another number by now, which takes seconds where there are millions; otherwise those of the customer who has the number,
-- tests, and what is on record of deleted messages. A hash of consent is written in hexadecimal; see private.consent_hash.
-- Changes nothing.
create function private.number_story(phone text, owner uuid, complete boolean default true) returns json
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  consents json;
  suppressions json;
  messages json;
  received json;
begin
  select json_agg(
    json_build_object(
      'id', e.id, 'sequence', e.sequence, 'account_id', e.user_id, 'action', e.action, 'happened_at', e.happened_at,
      'recorded_at', e.recorded_at, 'source', e.source, 'evidence', e.evidence, 'recorded_by', e.recorded_by,
      'hash', encode(e.hash, 'hex')
    )
    order by e.sequence
  ) into consents
  from private.consent_events e
  where e.phone = number_story.phone and (owner is null or e.user_id is null or e.user_id = owner);

  select json_agg(private.suppression_as_json(s) order by s.since, s.id) into suppressions
  from private.suppressions s
  where s.phone = number_story.phone and (owner is null or s.user_id is null or s.user_id = owner);

  with of_number as (
    select m.id from public.campaign_messages m
    where not complete and m.phone_number = number_story.phone
      and m.customer_id in (select c.id from public.customers c where c.phone = number_story.phone)
    union
    select m.id from public.campaign_messages m
    where not complete and m.phone_number = number_story.phone and m.customer_id is null
    union
    select m.id from public.campaign_messages m where complete and m.phone_number = number_story.phone
  )
  select json_agg(
    json_build_object(
      'message_id', t.message_id, 'campaign_id', t.campaign_id, 'account_id', t.account_id, 'body', t.body,
      'status', t.status, 'reason', t.reason, 'error_code', t.error_code, 'twilio_sid', t.twilio_sid, 'sent_at', t.sent_at,
      'delivered_at', t.delivered_at, 'deleted_at', t.deleted_at
    )
    order by coalesce(t.sent_at, t.created_at), t.message_id
  ) into messages
  from (
    select m.id as message_id, m.campaign_id, k.user_id as account_id, m.message_body as body, m.status, m.reason,
      m.error_code, m.twilio_sid, m.sent_at, m.delivered_at, m.created_at, null::timestamp with time zone as deleted_at
    from of_number n
    join public.campaign_messages m on m.id = n.id
    join public.campaigns k on k.id = m.campaign_id
    union all
    select a.message_id, a.campaign_id, a.owner_id, a.message_body, a.status, a.reason,
      a.error_code, a.twilio_sid, a.sent_at, a.delivered_at, a.claimed_at, a.archived_at
    from private.message_archive a
    where a.phone_number = number_story.phone
  ) t
  where owner is null or t.account_id = owner;

  select json_agg(
    json_build_object(
      'at', m.created_at, 'account_id', c.user_id, 'to', c.our_number, 'body', m.body, 'keyword', m.keyword,
      'answer', m.answer, 'twilio_sid', m.twilio_sid
    )
    order by m.created_at, m.id
  ) into received
  from public.conversations c
  join public.conversation_messages m on m.conversation_id = c.id and m.direction = 'in'
  -- What belongs to nobody, such as a STOP before there was a customer, concerns every account.
  where c.phone = number_story.phone and (owner is null or c.user_id is null or c.user_id = owner);

  return json_build_object(
    'phone', phone,
    'has_consent', private.has_consent(phone, owner),
    'may_text', private.may_text(phone, owner),
    'suppressed_for', private.suppression_of(phone, owner),
    'consents', coalesce(consents, '[]'),
    'suppressions', coalesce(suppressions, '[]'),
    'messages', coalesce(messages, '[]'),
    'received', coalesce(received, '[]')
  );
end
$$;
grant execute on function private.number_story(text, uuid, boolean) to service_role;

-- The same of one of the caller's customers; admins see it of anybody's, as the customer's owner would. Changes nothing.
-- Raises PT403 `not_approved`, PT404 `customer_not_found`.
create function public.customer_consent(customer_id uuid) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  customer constant public.customers := private.customer_of_caller(customer_consent.customer_id);
begin
  return private.number_story(customer.phone, coalesce(customer.user_id, private.my_profile_id()), false);
end
$$;
grant execute on function public.customer_consent(uuid) to authenticated;

-- Erases a person: all that is kept of their number in any account, but for a keyed hash with the suppressions that hold
-- (private.erased_numbers); whoever brings the number in again finds it suppressed again. Returns how many rows went:
-- {"customers", "messages", "conversations", "consents", "suppressions", "lookups", "rejects", "events"}. Refused, with
-- PT409 `messages_under_way`, while a worker has a text to this number, or nobody knows yet whether Twilio has it. Side
-- effects: the deletions, with what goes with a customer and a message; counters of campaigns that are running fall. Takes
-- long where there are many messages and callbacks: all of them are read. Raises PT422 `phone_invalid` or `note_too_long`.
create function private.erase_person(phone text, why text, erased_by uuid) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '30min'
as $$
#variable_conflict use_variable
declare
  digits constant text := regexp_replace(phone, '\D', '', 'g');
  -- As files have it: with the country's code, or of the US and Canada without.
  spellings constant text[] := array[digits, regexp_replace(digits, '^1(?=\d{10}$)', '')];
  message_ids uuid[];
  gone jsonb := '{}';
  n bigint;
begin
  perform private.check_phone_and_note(phone, why);
  -- Before all other locks, as whoever receives its messages does.
  perform pg_advisory_xact_lock(hashtextextended('inbound' || phone, 0));
  -- Else those that an earlier erasure left would be lost.
  perform private.restore_erased_suppressions(array[phone]);
  message_ids := array(
    select m.id from public.campaign_messages m
    where m.phone_number = erase_person.phone
      or m.customer_id in (select c.id from public.customers c where c.phone = erase_person.phone)
  );
  -- The lanes first, as everybody locks them: then nobody takes a message.
  perform from private.send_lanes l
  where l.campaign_id in (
    select m.campaign_id from public.campaign_messages m where m.id = any (message_ids) and m.status = 'pending'
  )
  order by l.campaign_id
  for no key update;
  if exists (
    select from public.campaign_messages m
    join private.send_claims k on k.campaign_id = m.campaign_id and m.position = any (k.positions)
    where m.id = any (message_ids) and m.status = 'pending'
  ) then
    raise exception using errcode = 'PT409', message = 'messages_under_way',
      detail = 'A text to this number is under way.',
      hint = 'Try again when Twilio has answered for it, which takes a minute, or a day if Twilio can''t be reached.';
  end if;
  perform from public.campaign_messages m where m.id = any (message_ids) order by m.id for update;
  perform from private.consent_heads h where h.phone = erase_person.phone for update;
  perform from private.suppressions s where s.phone = erase_person.phone order by s.id for update;

  -- From here on the two ledgers let go of this number.
  insert into private.erased_numbers (phone_hash, suppressions, erased_by, why)
  select private.phone_hash(phone), coalesce(
      jsonb_agg(jsonb_build_object('user_id', s.user_id, 'reason', s.reason, 'source', s.source, 'since', s.since)), '[]'
    ), erased_by, why
  from private.suppressions s
  where s.phone = erase_person.phone and s.lifted_at is null;
  delete from private.suppressions s where s.phone = erase_person.phone;
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('suppressions', n);
  delete from private.consent_events e where e.phone = erase_person.phone;
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('consents', n);
  delete from private.consent_heads h where h.phone = erase_person.phone;
  -- Those of an import that has just been saved.
  update private.customer_import_consents q
  set consents = array(
    select one::private.new_consent from unnest(q.consents) one where one.phone <> erase_person.phone
  )
  where exists (select from unnest(q.consents) one where one.phone = erase_person.phone);

  delete from private.waiting_consents w where w.phone = erase_person.phone;

  gone := gone || jsonb_build_object('conversations', private.erase_inbound(phone));
  -- Tests have a campaign of their own.
  delete from public.campaigns c
  where c.test_of is not null and c.id in (select m.campaign_id from public.campaign_messages m where m.id = any (message_ids));
  delete from public.campaign_messages m where m.id = any (message_ids);
  delete from public.customers c where c.phone = erase_person.phone;
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('customers', n);
  -- Also where the trigger has just put them.
  delete from public.deleted_customers d where d.phone = erase_person.phone;
  -- What the deletions above have put on record as well.
  delete from private.message_archive a where a.phone_number = erase_person.phone or a.message_id = any (message_ids);
  gone := gone || jsonb_build_object('messages', cardinality(message_ids));
  delete from private.test_sends t where t.phone = erase_person.phone;
  delete from public.phone_lookups l where l.phone = erase_person.phone;
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('lookups', n);
  delete from public.customer_import_rejects r
  where exists (select from unnest(r.cells) c (cell) where regexp_replace(c.cell, '\D', '', 'g') = any (spellings));
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('rejects', n);
  -- As they came: JSON, or a form, in which the plus is encoded.
  delete from private.twilio_events e where e.payload like '%' || digits || '%';
  get diagnostics n = row_count;
  gone := gone || jsonb_build_object('events', n);
  return gone;
end
$$;
grant execute on function private.erase_person(text, text, uuid) to service_role;
