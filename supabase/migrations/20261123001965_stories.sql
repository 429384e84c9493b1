-- Stories for `dnwerks why`: what happened to a number, a message or a user, and how things stand now. Each is
-- {"events": [{"at", "kind", …}], …} with what the present state is told from; kinds and fields as the enum in
-- services/dnwerks/src/why/event.rs. Accounts are named by address.

-- A campaign by its name, or by what hidden ones are.
create function private.name_of_campaign(campaign public.campaigns) returns text
language sql stable
set search_path = ''
as $$
  select case
    when campaign.test_of is not null then 'a test'
    when campaign.reply_to is not null then 'an answer'
    when campaign.id is null then 'a campaign that is gone'
    else format('%L', campaign.name)
  end
$$;

-- What Twilio told of a message, by our id or its own; only the events since `since` are read.
create function private.callbacks_of(message_ids uuid[], sids text[], since timestamp with time zone) returns jsonb
language sql stable security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'at', e.received_at, 'kind', 'callback', 'sid', e.sid, 'status', e.status, 'error_code', e.error_code
  )), '[]')
  from private.twilio_events e
  where e.kind = 'status' and e.received_at >= since and (e.message_id = any (message_ids) or e.sid = any (sids))
$$;

-- How messages came to be and what became of them besides their last state: who took them, earlier attempts, waits.
create function private.events_of_messages(message_ids uuid[]) returns jsonb
language sql stable security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(e.event), '[]')
  from (
    select jsonb_build_object(
      'at', m.created_at, 'kind', 'recipient', 'message_id', m.id, 'campaign', private.name_of_campaign(k),
      'account', private.name_of_profile(k.user_id)
    ) as event
    from public.campaign_messages m join public.campaigns k on k.id = m.campaign_id
    where m.id = any (message_ids)
    union all
    select jsonb_build_object(
      'at', c.claimed_at, 'kind', 'taken', 'message_id', m.id, 'worker', c.worker, 'doubt_at', c.doubt_at, 'looks', c.looks
    )
    from public.campaign_messages m join private.send_claims c on c.campaign_id = m.campaign_id and m.position = any (c.positions)
    where m.id = any (message_ids) and m.status = 'pending'
    union all
    select jsonb_build_object(
      'at', a.ended_at, 'kind', 'attempt_ended', 'message_id', a.message_id, 'sid', a.sid, 'reason', a.reason, 'error_code', a.error_code
    )
    from private.message_attempts a
    where a.message_id = any (message_ids)
    union all
    select jsonb_build_object('at', m.in_doubt_since, 'kind', 'in_doubt', 'message_id', m.id)
    from public.campaign_messages m
    where m.id = any (message_ids) and m.in_doubt_since is not null
    union all
    select jsonb_build_object('at', w.since, 'kind', 'callback_waits', 'message_id', n.message_id, 'sid', n.sid, 'status', n.status)
    from private.waiting_deliveries w cross join unnest(w.news) n
    where n.message_id = any (message_ids)
    union all
    select jsonb_build_object('at', a.archived_at, 'kind', 'message_deleted', 'message_id', a.message_id)
    from private.message_archive a
    where a.message_id = any (message_ids)
  ) e
$$;

-- What is known of a number besides private.number_story: {"events", "customers": […], "erased"}. `customers` are those that
-- have the number now, with whether their account may text it. Reads all messages and events. Changes nothing.
create function private.events_of_number(phone text) returns jsonb
language plpgsql stable security definer
set search_path = ''
set statement_timeout = '30min'
as $$
#variable_conflict use_variable
declare
  person private.person := private.person_of(phone);
  hash constant bytea := private.phone_hash(phone);
  events jsonb;
begin
  select coalesce(jsonb_agg(e.event), '[]') into events
  from (
    -- An import's new customers have ids of its range; others came one by one.
    select jsonb_build_object(
      'at', c.created_at, 'kind', 'customer_created', 'account', private.name_of_profile(c.user_id), 'customer_id', c.id,
      'import_id', i.id, 'file_name', i.file_name, 'once', k.key is not null
    ) as event
    from (
      select t.id, t.user_id, t.created_at from public.customers t where t.phone = person.phone
      union
      select d.id, d.user_id, d.created_at from public.deleted_customers d where d.phone = person.phone
    ) c
    left join private.customer_import_ids r on c.id between r.first_id and r.last_id
    left join public.customer_imports i on i.id = r.import_id and i.user_id = c.user_id
    left join private.idempotency_keys k on k.made_id = c.id
    union all
    select jsonb_build_object(
      'at', t.updated_at, 'kind', 'customer_changed', 'account', private.name_of_profile(t.user_id), 'customer_id', t.id,
      'status', t.status, 'inactive_reason', t.inactive_reason
    )
    from public.customers t
    where t.phone = person.phone and t.updated_at > t.created_at
    union all
    select jsonb_build_object(
      'at', coalesce(i.finished_at, i.created_at), 'kind', 'customer_changed_by_import',
      'account', private.name_of_profile(i.user_id), 'import_id', i.id, 'file_name', i.file_name, 'before', h.before, 'after', h.after
    )
    from private.customer_import_changes h join public.customer_imports i on i.id = h.import_id
    where h.customer_id = any (person.customer_ids)
    union all
    select jsonb_build_object(
      'at', d.deleted_at, 'kind', 'customer_deleted', 'account', private.name_of_profile(d.user_id), 'customer_id', d.id,
      'by', private.name_of_profile(d.deleted_by)
    )
    from public.deleted_customers d
    where d.phone = person.phone
    union all
    select jsonb_build_object(
      'at', i.created_at, 'kind', 'row_rejected', 'account', private.name_of_profile(i.user_id), 'import_id', i.id,
      'file_name', i.file_name, 'row', r.data -> 'row', 'code', r.data -> 'code', 'detail', r.data -> 'detail'
    )
    from private.data_of_person(person, 'public.customer_import_rejects') r
    join public.customer_imports i on i.id = (r.data ->> 'import_id')::uuid
    union all
    select jsonb_build_object(
      'at', l.looked_up_at, 'kind', 'looked_up', 'account', private.name_of_profile(l.user_id), 'valid', l.valid,
      'line_type', l.line_type, 'country_code', l.country_code, 'validation_errors', l.validation_errors
    )
    from public.phone_lookups l
    where l.phone = person.phone
    union all
    select jsonb_build_object(
      'at', coalesce(k.launched_at, k.created_at), 'kind', 'left_out', 'campaign', private.name_of_campaign(k),
      'account', private.name_of_profile(k.user_id), 'reason', s.reason
    )
    from public.campaign_skips s join public.campaigns k on k.id = s.campaign_id
    where s.customer_id = any (person.customer_ids)
    union all
    select jsonb_build_object(
      'at', m.created_at, 'kind', 'answered', 'account', private.name_of_profile(coalesce(m.sent_by, c.user_id)), 'body', m.body
    )
    from public.conversations c join public.conversation_messages m on m.conversation_id = c.id and m.direction = 'out'
    where c.phone = person.phone
    union all
    select jsonb_build_object(
      'at', c.reviewed_at, 'kind', 'reviewed', 'by', private.name_of_profile(c.reviewed_by), 'revoked', c.revoked, 'note', c.review_note
    )
    from public.conversations c
    where c.phone = person.phone and c.reviewed_at is not null
    union all
    select jsonb_build_object('at', e.erased_at, 'kind', 'erased', 'by', private.name_of_profile(e.erased_by), 'why', e.why)
    from private.erased_numbers e
    where e.phone_hash = hash
  ) e;
  return jsonb_build_object(
    'events', events || private.events_of_messages(person.message_ids)
      || private.callbacks_of(person.message_ids, '{}', '-infinity'),
    'customers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'account', private.name_of_profile(c.user_id), 'customer_id', c.id, 'status', c.status, 'inactive_reason', c.inactive_reason,
        'suppressed_for', private.suppression_of(c.phone, c.user_id), 'has_consent', private.has_consent(c.phone, c.user_id)
      )), '[]')
      from public.customers c
      where c.phone = person.phone
    )
  );
end
$$;

-- One message, by our id or Twilio's: {"events", "message", "received"}: a text that was sent or is to be, also of a deleted
-- one, or one that came; both null if there is none. Changes nothing.
create function private.story_of_message(id text) returns jsonb
language plpgsql stable security definer
set search_path = ''
set statement_timeout = '30min'
as $$
#variable_conflict use_variable
declare
  our_id constant uuid := case when id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then id::uuid end;
  moment constant timestamp with time zone := private.clock();
  story jsonb;
  received jsonb;
begin
  select jsonb_build_object(
    'message', jsonb_build_object(
      'id', m.id, 'phone', m.phone_number, 'body', m.message_body, 'status', m.status, 'reason', m.reason,
      'error_code', m.error_code, 'error_message', m.error_message, 'twilio_sid', m.twilio_sid, 'sent_at', m.sent_at,
      'delivered_at', m.delivered_at, 'in_doubt', m.in_doubt_since is not null, 'campaign_id', k.id,
      'campaign', private.name_of_campaign(k), 'campaign_status', k.status, 'campaign_reason', coalesce(k.pause_reason, k.failure_reason),
      'account', private.name_of_profile(coalesce(k.user_id, m.owner_id)), 'deleted', m.archived_at is not null,
      'suppressed_for', private.suppression_of(m.phone_number, coalesce(k.user_id, m.owner_id)),
      'sending_stopped_at', (select s.stopped_at from private.sending_switch s),
      'held_until', case when s.held_until > moment then s.held_until end, 'hold_reason', s.hold_reason,
      'waits_until', case when m.status = 'pending' then coalesce(
        (select r.due_at from private.send_retries r where r.campaign_id = m.campaign_id and r.position = m.position),
        (select r.due_at from private.send_ranges r where r.campaign_id = m.campaign_id and m.position between r.next and r.last)
      ) end,
      'under_way', exists (
        select from private.send_claims c where c.campaign_id = m.campaign_id and m.position = any (c.positions) and m.status = 'pending'
      )
    ),
    'events', private.events_of_messages(array[m.id]) || private.callbacks_of(
      array[m.id], array_remove(array[m.twilio_sid], null), coalesce(m.created_at, m.sent_at, '-infinity') - interval '1 day'
    ) || (
      select coalesce(jsonb_agg(jsonb_build_object(
        'at', h.changed_at, 'kind', 'campaign_changed', 'status', h.status, 'reason', h.reason
      )), '[]')
      from private.campaign_changes h where h.campaign_id = m.campaign_id
    )
  ) into story
  from (
    select c.id, c.campaign_id, c.position, c.phone_number, c.message_body, c.status, c.reason, c.error_code, c.error_message,
      c.twilio_sid, c.created_at, c.sent_at, c.delivered_at, c.in_doubt_since, null::uuid as owner_id,
      null::timestamp with time zone as archived_at
    from public.campaign_messages c
    where c.id = our_id or c.twilio_sid = story_of_message.id
      or c.id = (select a.message_id from private.message_attempts a where a.sid = story_of_message.id)
    union all
    select a.message_id, a.campaign_id, null, a.phone_number, a.message_body, a.status, a.reason, a.error_code, null, a.twilio_sid,
      null, a.sent_at, a.delivered_at, null, a.owner_id, a.archived_at
    from private.message_archive a
    where a.message_id = our_id or a.twilio_sid = story_of_message.id
    limit 1
  ) m
  left join public.campaigns k on k.id = m.campaign_id
  left join private.send_lanes l on l.campaign_id = k.id
  left join private.senders s on s.id = coalesce(l.sender_id, k.sender_id);

  select jsonb_build_object(
    'at', m.created_at, 'direction', m.direction, 'phone', c.phone, 'to', c.our_number, 'body', m.body, 'keyword', m.keyword,
    'answer', m.answer, 'account', private.name_of_profile(c.user_id)
  ) into received
  from public.conversation_messages m join public.conversations c on c.id = m.conversation_id
  where m.direction = 'in' and (m.id = our_id or m.twilio_sid = story_of_message.id);
  return coalesce(story, jsonb_build_object('events', '[]'::jsonb)) || jsonb_build_object('received', received);
end
$$;

-- A user by address: {"events", "user", "customers"}; `user` is null where nobody has the address. `customers` are those who
-- have it. `buckets` are the hashes of private.rate_limits under which attempts with this address are counted. Changes
-- nothing.
create function private.story_of_user(email text, buckets bytea[]) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  address constant text := lower(email);
  who auth.users;
  profile public.user_profiles;
  events jsonb;
begin
  select u.* into who from auth.users u where lower(u.email) = address order by u.deleted_at nulls first limit 1;
  select p.* into profile from public.user_profiles p where p.user_id = who.id;
  select coalesce(jsonb_agg(e.event), '[]') into events
  from (
    select jsonb_build_object('at', i.created_at, 'kind', 'invited', 'by', private.name_of_profile(i.created_by),
      'expires_at', i.expires_at, 'revoked_at', i.revoked_at, 'notes', i.notes) as event
    from public.invite_codes i
    where lower(i.email) = address
    union all
    select jsonb_build_object('at', coalesce(r.redeemed_at, profile.created_at), 'kind', 'registered', 'invited_by',
      private.name_of_profile(profile.invited_by), 'by_invitation', profile.invite_code is not null)
    from (select) one left join public.invite_redemptions r on r.profile_id = profile.id
    where profile.id is not null
    union all
    select jsonb_build_object('at', t.at, 'kind', t.kind)
    from (values
      (who.email_confirmed_at, 'address_confirmed'), (profile.approved_at, 'approved'),
      (greatest(who.last_sign_in_at, profile.last_login_at), 'signed_in_last'), (coalesce(who.deleted_at, profile.deleted_at), 'user_deleted')
    ) t (at, kind)
    where t.at is not null
    union all
    select jsonb_build_object('at', m.created_at, 'kind', 'mail', 'mail', m.kind, 'state', m.state, 'attempts', m.attempts,
      'finished_at', m.finished_at, 'error', m.last_error)
    from private.mails m
    where lower(m.recipient) = address
    union all
    select jsonb_build_object('at', coalesce(v.happened_at, v.received_at), 'kind', 'mail_event', 'mail', m.kind, 'event', v.kind,
      'detail', v.detail)
    from private.mails m join private.mail_events v on v.provider_id = m.provider_id
    where lower(m.recipient) = address
    union all
    select jsonb_build_object('at', s.created_at, 'kind', 'mail_suppressed', 'reason', s.reason, 'detail', s.detail)
    from private.mail_suppressions s
    where s.address = address
    union all
    select jsonb_build_object('at', l.lifted_at, 'kind', 'mail_suppression_lifted', 'reason', l.reason,
      'by', private.name_of_profile(l.lifted_by), 'why', l.why)
    from private.mail_suppression_lifts l
    where lower(l.address) = address
    union all
    select jsonb_build_object('at', r.requested_at, 'kind', 'reset_requested')
    from private.password_reset_requests r
    where lower(r.email) = address
    union all
    select jsonb_build_object('at', t.created_at, 'kind', 'reset_opened', 'by', private.name_of_profile(t.created_by),
      'reason', r.reason, 'expires_at', t.expires_at, 'state', case
        when t.used_at is not null then 'used' when t.is_used then 'canceled' when t.expires_at < now() then 'expired' else 'open' end)
    from public.password_reset_tokens t left join public.admin_password_resets r on r.reset_token_id = t.id
    where lower(t.email) = address or t.user_id = profile.id
    union all
    select jsonb_build_object('at', t.used_at, 'kind', 'reset_used')
    from public.password_reset_tokens t
    where t.used_at is not null and (lower(t.email) = address or t.user_id = profile.id)
  ) e;
  return jsonb_build_object(
    'events', events,
    'user', case when who.id is not null then jsonb_build_object(
      'user_id', who.id, 'profile_id', profile.id, 'role', profile.role, 'status', profile.status,
      'confirmed', who.email_confirmed_at is not null, 'deleted', coalesce(who.deleted_at, profile.deleted_at) is not null,
      'banned_until', case when who.banned_until > now() then who.banned_until end
    ) end,
    -- Each attempt puts off this moment, which says how many are left.
    'attempts_counted_until', (select max(l.full_at) from private.rate_limits l where l.key = any (buckets) and l.full_at > now()),
    'mails_suppressed', (select s.reason from private.mail_suppressions s where s.address = address),
    'customers', (
      select coalesce(jsonb_agg(jsonb_build_object('account', private.name_of_profile(c.user_id), 'customer_id', c.id, 'phone', c.phone)), '[]')
      from (select * from public.customers t where lower(t.email) = address limit 100) c
    )
  );
end
$$;
grant execute on function
  private.events_of_number(text), private.story_of_message(text), private.story_of_user(text, bytea[])
  to service_role;
