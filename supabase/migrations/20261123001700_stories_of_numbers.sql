-- All that was said and sent, of one number, for whoever asks "when did I agree?".

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
  where e.phone = number_story.phone and (
    owner is null or e.user_id is null or e.user_id = owner
    -- As private.numbers_with_consent: what was said to an account counts for whoever has what was its.
    or e.user_id in (select d.profile_id from private.deleted_accounts d where d.handed_over_to = owner)
  );

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
