-- Receiving messages: STOP, START, HELP, words that probably revoke, and everything else. See the locks' order in the file
-- of the tables, "send_work"; each number's messages are received one after another, under an advisory lock that comes
-- before all of them. Customers are neither read under a lock nor waited for.

-- Pending messages to a number: to its customer, and those without a customer, which are tests and answers.
create function private.open_messages_to(phone text) returns table (id uuid, campaign_id uuid, "position" integer)
language sql stable
set search_path = ''
rows 10
as $$
  select m.id, m.campaign_id, m.position
  from public.customers c
  join public.campaign_messages m on m.customer_id = c.id
  where c.phone = open_messages_to.phone and m.phone_number = open_messages_to.phone and m.sent_at is null and m.status = 'pending'
  union all
  select m.id, m.campaign_id, m.position
  from public.campaign_messages m
  where m.phone_number = open_messages_to.phone and m.customer_id is null and m.sent_at is null and m.status = 'pending'
$$;

-- Suppresses a number as `opted_out`, for one account or (null) for all, because its holder said so, and cancels what no
-- worker has begun to send. Returns whether it was new. Side effects: the suppression; a consent event `revoked`; the
-- messages fail as `suppressed`; the customer becomes inactive, unless somebody has locked the row: then the workers'
-- apply_suppressions does that. What is claimed just now may still go out: see private.sends_may_begin.
create function private.stop_number(
  phone text, user_id uuid, recorded_by uuid, source text, consent_source text, evidence jsonb
) returns boolean
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  lanes constant uuid[] := array(select distinct o.campaign_id from private.open_messages_to(stop_number.phone) o);
  locked uuid[];
  messages uuid[];
  suppression uuid;
begin
  perform set_config('lock_timeout', '1s', true);
  if cardinality(lanes) > 0 then
    -- A take that holds a lane sees no suppression yet: we see its claim. One that comes later sees the suppression. A lane
    -- that stays locked belongs to a campaign that is being deleted, or to a take that hangs: its messages are left
    -- to the takes, which ask again.
    begin
      locked := array(
        select l.campaign_id from private.send_lanes l where l.campaign_id = any (lanes) order by l.campaign_id for no key update
      );
    exception when lock_not_available then
      locked := array(
        select l.campaign_id from private.send_lanes l where l.campaign_id = any (lanes) order by l.campaign_id
        for no key update skip locked
      );
    end;
    -- Whoever has locked a message settles or deletes it.
    select array_agg(w.id) into messages
    from (
      select m.id, m.campaign_id, m.position from public.campaign_messages m
      where m.id in (select o.id from private.open_messages_to(stop_number.phone) o where o.campaign_id = any (locked))
        and m.status = 'pending'
        and (stop_number.user_id is null or m.campaign_id in (select k.id from public.campaigns k where k.user_id = stop_number.user_id))
      order by m.id
      for no key update skip locked
    ) w
    where not exists (
      select from private.send_claims c where c.campaign_id = w.campaign_id and w.position = any (c.positions)
    );
  end if;

  perform private.record_consent_of_holder(
    stop_number.phone, stop_number.user_id, stop_number.recorded_by, 'revoked', stop_number.consent_source, stop_number.evidence
  );
  suppression := private.suppress(stop_number.phone, stop_number.user_id, 'opted_out', stop_number.source, stop_number.evidence);
  if messages is not null then
    begin
      perform private.fail_messages(messages, array_fill('suppressed'::text, array[cardinality(messages)]));
    exception when lock_not_available or deadlock_detected then
      raise warning 'messages to a number that was suppressed are left to the takes: %', sqlerrm;
    end;
  end if;
  perform private.apply_suppressions_of(stop_number.phone);
  return suppression is not null;
end
$$;

-- What a number's holder has just said of consent, while somebody's import had locked the number's chain: recorded as soon
-- as that has ended. No triggers.
create table private.waiting_consents (
  id bigint generated always as identity primary key,
  phone text not null,
  user_id uuid,
  recorded_by uuid,
  action text not null,
  happened_at timestamp with time zone not null,
  source text not null,
  evidence jsonb
);
alter table private.waiting_consents enable row level security;
grant select, insert, delete on private.waiting_consents to service_role;

-- Records one word of a number's holder, now or, where somebody else has locked the number's chain, with the next
-- private.record_waiting_consents. What they said before comes before it.
create function private.record_consent_of_holder(
  phone text, user_id uuid, recorded_by uuid, action text, source text, evidence jsonb
) returns void
language plpgsql volatile security definer
set search_path = ''
-- Whoever calls this may hold lanes, for which takes wait.
set lock_timeout = '100ms'
as $$
begin
  perform private.record_consents(record_consent_of_holder.user_id, record_consent_of_holder.recorded_by, array[
    row(record_consent_of_holder.phone, action, null, source, evidence)::private.new_consent
  ]);
exception when lock_not_available then
  insert into private.waiting_consents (phone, user_id, recorded_by, action, happened_at, source, evidence)
  values (
    record_consent_of_holder.phone, record_consent_of_holder.user_id, record_consent_of_holder.recorded_by, action,
    clock_timestamp(), source, evidence
  );
end
$$;

-- Records what had to wait, as far as it can now; upkeep calls it every few seconds. Returns how many.
create function private.record_waiting_consents() returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  waiting private.waiting_consents;
  recorded integer := 0;
begin
  for waiting in select w.* from private.waiting_consents w order by w.id limit 100 for update skip locked loop
    begin
      perform from private.consent_heads h where h.phone = waiting.phone for no key update nowait;
      perform private.record_consents(waiting.user_id, waiting.recorded_by, array[
        row(waiting.phone, waiting.action, waiting.happened_at, waiting.source, waiting.evidence)::private.new_consent
      ]);
      delete from private.waiting_consents w where w.id = waiting.id;
      recorded := recorded + 1;
    exception when lock_not_available then
      continue;
    end;
  end loop;
  return recorded;
end
$$;
grant execute on function private.record_waiting_consents() to service_role;

-- Brings a number's customer in line with its suppressions at once, where that is possible. Nothing fails for it.
create function private.apply_suppressions_of(phone text) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.apply_these_suppressions(array(
    select s.id from private.suppressions s where s.phone = apply_suppressions_of.phone and not s.applied
  ));
exception when others then
  raise warning 'a customer was not made to follow its suppressions: %', sqlerrm;
end
$$;

-- Whether a request to a number that was suppressed a moment ago may still begin: a worker has claimed a message to it and
-- has not had the time within which it posts what it claims (POST_WITHIN of the send workers), or a take is under way that
-- may not have seen the suppression. False for good, once false. Whoever asks has committed the suppression.
create function private.sends_may_begin(phone text) returns boolean
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  -- POST_WITHIN, and time to connect.
  since constant timestamp with time zone := private.clock() - interval '1.3 seconds';
  lanes constant uuid[] := array(select distinct o.campaign_id from private.open_messages_to(sends_may_begin.phone) o);
  locked bigint;
begin
  if cardinality(lanes) > 0 then
    select count(*) into locked
    from (select from private.send_lanes l where l.campaign_id = any (lanes) for share skip locked) l;
    if locked < (select count(*) from private.send_lanes l where l.campaign_id = any (lanes)) then
      return true;
    end if;
  end if;
  -- A statement of its own, so that it sees what a take has committed meanwhile.
  return exists (
    select from private.open_messages_to(sends_may_begin.phone) o
    join private.send_claims c on c.campaign_id = o.campaign_id and o.position = any (c.positions)
    where c.claimed_at > since
  ) or exists (
    -- Deleted under a worker's hands.
    select from private.message_archive a
    where a.phone_number = sends_may_begin.phone and a.status = 'pending' and a.claimed_at > since
  );
end
$$;

-- Receives one message: keeps it in its conversation and does what its keyword says, in one transaction. `stop_answer` and
-- `help_answer` are null where Twilio answers itself. Returns the keyword as it was acted on (a START that lifts nothing is
-- `other`), and what to answer. The same `sid` again changes nothing and is answered the same way. Side effects: see
-- private.stop_number; START lifts what STOP set and records consent; words that probably revoke suppress the number for
-- the conversation's owner until somebody decides (public.review_conversation), or STOP does.
create function private.receive_inbound(
  sid text, phone text, our_number text, messaging_service_sid text, body text, num_media integer, keyword text,
  stop_answer text, help_answer text, payload text, out acted_on text, out answer text
)
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := private.clock();
  evidence constant jsonb := jsonb_strip_nulls(jsonb_build_object(
    'message_sid', sid, 'words', left(body, 500), 'to', our_number, 'keyword', keyword
  ));
  conversation public.conversations;
  owner uuid;
  sender uuid;
begin
  -- Nobody's long transaction lets Twilio wait.
  perform set_config('lock_timeout', '3s', true);
  perform pg_advisory_xact_lock(hashtextextended('inbound' || receive_inbound.phone, 0));
  -- Repeats too, as with every callback.
  insert into private.twilio_events (kind, sid, status, payload)
  values ('inbound', receive_inbound.sid, 'received', receive_inbound.payload);
  select m.keyword, m.answer into acted_on, answer
  from public.conversation_messages m where m.twilio_sid = receive_inbound.sid;
  if found then
    return;
  end if;
  acted_on := keyword;
  owner := private.owner_of_number(receive_inbound.phone);
  sender := private.sender_of_inbound(receive_inbound.our_number, receive_inbound.messaging_service_sid);
  insert into public.conversations as c (user_id, phone, our_number, sender_id, last_message_at, last_inbound_at, unread_count)
  values (owner, receive_inbound.phone, receive_inbound.our_number, sender, moment, moment, 1)
  on conflict on constraint conversations_phone_key do update
    set our_number = excluded.our_number, sender_id = coalesce(excluded.sender_id, c.sender_id),
      last_message_at = greatest(c.last_message_at, excluded.last_message_at),
      last_inbound_at = greatest(c.last_inbound_at, excluded.last_inbound_at),
      unread_count = c.unread_count + 1, closed_at = null
  returning * into conversation;

  if acted_on = 'stop' then
    if private.stop_number(receive_inbound.phone, null, null, 'stop', 'inbound', evidence) then
      answer := stop_answer;
      if sender is not null then
        insert into private.sender_tallies (sender_id, kind, n) values (sender, 'opted_out', 1);
      end if;
      insert into private.account_tallies (user_id, opted_out) values (owner, 1);
    end if;
    -- What a person was to decide has been said: the opt-out holds by itself, and START ends it.
    if private.lift_suppressions(
      receive_inbound.phone, conversation.user_id, array['likely_revoked'], 'person', 'Its holder texted STOP.'
    ) > 0 then
      perform private.apply_suppressions_of(receive_inbound.phone);
    end if;
    update public.conversations c
    set needs_review = false, review_by = null, revoked = true
    where c.id = conversation.id and c.needs_review;
  elsif acted_on = 'start' then
    if private.lift_suppressions(receive_inbound.phone, null, array['opted_out'], 'start', 'Its holder texted START.') > 0 then
      -- To whom they wrote; others have to ask themselves.
      perform private.record_consent_of_holder(receive_inbound.phone, owner, null, 'given', 'inbound', evidence);
      perform private.apply_suppressions_of(receive_inbound.phone);
    else
      acted_on := 'other';
    end if;
  elsif acted_on = 'help' then
    answer := help_answer;
  elsif acted_on = 'likely_revocation'
    and private.suppression_of(receive_inbound.phone, owner) is distinct from 'opted_out'
  then
    perform private.suppress(receive_inbound.phone, owner, 'likely_revoked', 'words', evidence);
    perform private.apply_suppressions_of(receive_inbound.phone);
    update public.conversations c
    set needs_review = true, review_by = coalesce(c.review_by, private.business_days_after(moment, 10))
    where c.id = conversation.id;
  end if;

  insert into public.conversation_messages
    (conversation_id, direction, body, twilio_sid, num_media, keyword, answer, created_at, campaign_id)
  values (
    conversation.id, 'in', left(receive_inbound.body, 1600), receive_inbound.sid, receive_inbound.num_media, acted_on, answer, moment,
    private.campaign_answered(receive_inbound.phone, owner, moment)
  );
  if acted_on in ('other', 'likely_revocation') then
    insert into private.account_tallies (user_id, replies) values (owner, 1);
  end if;
end
$$;

-- The sender that a message came to: its number's, or else its messaging service's; null if it is none of ours.
create function private.sender_of_inbound(our_number text, messaging_service_sid text) returns uuid
language sql stable
set search_path = ''
as $$
  select s.id from private.senders s
  where s.phone_number = sender_of_inbound.our_number or s.messaging_service_sid = sender_of_inbound.messaging_service_sid
  order by (s.messaging_service_sid = sender_of_inbound.messaging_service_sid) is true desc, s.created_at
  limit 1
$$;

grant execute on function
  private.receive_inbound(text, text, text, text, text, integer, text, text, text, text), private.sends_may_begin(text)
  to service_role;
