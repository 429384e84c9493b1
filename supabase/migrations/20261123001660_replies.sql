-- What people do with conversations: read them, answer, and decide whether words revoke. Each is a function for the
-- conversation's owner, admins and services, by PostgREST and by our API. All raise PT404 `conversation_not_found` to others.

-- The conversation, if the caller may act on it.
create function private.conversation_of_caller(conversation_id uuid) returns public.conversations
language plpgsql stable security definer
set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  select * into conversation from public.conversations c
  where c.id = conversation_of_caller.conversation_id and (
    current_setting('role') in ('service_role', 'none') or private.is_admin() or c.user_id = private.my_profile_id()
  );
  if not found then
    raise exception using errcode = 'PT404', message = 'conversation_not_found', detail = 'There is no such conversation.';
  end if;
  return conversation;
end
$$;

-- A conversation as people see it: with the customer whose number it is, whether the number may be texted, and until when it
-- can be answered without consent.
create function private.conversation_as_json(conversation public.conversations) returns json
language sql stable security definer
set search_path = ''
as $$
  select json_build_object(
    'id', conversation.id, 'user_id', conversation.user_id, 'phone', conversation.phone,
    'our_number', conversation.our_number, 'customer_id', c.id, 'first_name', c.first_name, 'last_name', c.last_name,
    'last_message_at', conversation.last_message_at, 'last_inbound_at', conversation.last_inbound_at,
    'last_message', (
      select json_build_object('direction', m.direction, 'body', m.body, 'keyword', m.keyword)
      from public.conversation_messages m
      where m.conversation_id = conversation.id
      order by m.created_at desc, m.id desc
      limit 1
    ),
    'unread_count', conversation.unread_count, 'needs_review', conversation.needs_review, 'review_by', conversation.review_by,
    'reviewed_at', conversation.reviewed_at, 'reviewed_by', conversation.reviewed_by, 'revoked', conversation.revoked,
    'review_note', conversation.review_note, 'closed_at', conversation.closed_at, 'created_at', conversation.created_at,
    'suppressed_for', private.suppression_of(conversation.phone, conversation.user_id),
    'open_until', conversation.last_inbound_at + interval '24 hours'
  )
  from (select) one
  left join public.customers c on c.phone = conversation.phone and c.user_id = conversation.user_id
$$;

-- One page of the caller's conversations, admins' of everybody's, the last written first: {"data": […], "total": 12,
-- "total_is_exact": true}. Null filters leave nothing out. Changes nothing.
create function public.list_conversations(
  needs_review boolean default null, unread boolean default null, page_limit integer default 50, page_offset integer default 0
) returns json
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  mine constant uuid := private.my_profile_id();
  all_of_them constant boolean := current_setting('role') in ('service_role', 'none') or private.is_admin();
  page json;
  total bigint;
begin
  select count(*) into total from public.conversations c
  where (all_of_them or c.user_id = mine)
    and (list_conversations.needs_review is null or c.needs_review = list_conversations.needs_review)
    and (list_conversations.unread is null or (c.unread_count > 0) = list_conversations.unread);
  select coalesce(json_agg(private.conversation_as_json(p.conversation) order by p.last_message_at desc, p.id desc), '[]') into page
  from (
    select c as conversation, c.last_message_at, c.id from public.conversations c
    where (all_of_them or c.user_id = mine)
      and (list_conversations.needs_review is null or c.needs_review = list_conversations.needs_review)
      and (list_conversations.unread is null or (c.unread_count > 0) = list_conversations.unread)
    order by c.last_message_at desc, c.id desc
    limit least(greatest(page_limit, 0), 200) offset greatest(page_offset, 0)
  ) p;
  return json_build_object('data', page, 'total', total, 'total_is_exact', true);
end
$$;

-- One message of a conversation as people see it; of an answer also what became of it.
create function private.conversation_message_as_json(message public.conversation_messages) returns json
language sql stable security definer
set search_path = ''
as $$
  select json_build_object(
    'id', message.id, 'direction', message.direction, 'body', message.body, 'num_media', message.num_media,
    'keyword', message.keyword, 'answer', message.answer, 'sent_by', message.sent_by, 'created_at', message.created_at,
    'message_id', message.message_id, 'status', m.status, 'reason', m.reason, 'error_code', m.error_code,
    'error_message', m.error_message, 'sent_at', m.sent_at, 'delivered_at', m.delivered_at
  )
  from (select) one
  left join public.campaign_messages m on m.id = message.message_id
$$;

-- One conversation with a page of its messages, the newest first: its fields, and {"messages": […], "messages_total": 12}.
-- Changes nothing: see public.read_conversation.
create function public.get_conversation(conversation_id uuid, page_limit integer default 50, page_offset integer default 0) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  conversation public.conversations := private.conversation_of_caller(get_conversation.conversation_id);
begin
  return (
    select (private.conversation_as_json(conversation)::jsonb || jsonb_build_object(
      'messages', coalesce(
        jsonb_agg(private.conversation_message_as_json(p.message) order by p.created_at desc, p.id desc), '[]'
      ),
      'messages_total', (select count(*) from public.conversation_messages m where m.conversation_id = conversation.id)
    ))::json
    from (
      select m as message, m.created_at, m.id from public.conversation_messages m
      where m.conversation_id = conversation.id
      order by m.created_at desc, m.id desc
      limit least(greatest(page_limit, 0), 200) offset greatest(page_offset, 0)
    ) p
  );
end
$$;

-- Nothing of the conversation is unread any more; with `closed` it is also closed (or opened again). Returns it.
create function public.read_conversation(conversation_id uuid, closed boolean default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  conversation public.conversations := private.conversation_of_caller(read_conversation.conversation_id);
begin
  update public.conversations c
  set unread_count = 0,
    closed_at = case when closed then coalesce(c.closed_at, private.clock()) when closed is null then c.closed_at end
  where c.id = conversation.id
  returning * into conversation;
  return private.conversation_as_json(conversation);
end
$$;

-- A person decides whether the words of a conversation revoke consent. Yes: the number is `opted_out` for the conversation's
-- account (without one, for all), which records a revocation and cancels what is pending; only an admin takes that back.
-- No: it may be texted again; `note` says why. Returns the conversation. Side effects: see private.stop_number and
-- private.lift_suppressions. Raises PT409 `review_not_needed`; PT422 `review_decision_required` or `review_note_required`.
create function public.review_conversation(conversation_id uuid, revoked boolean, note text default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  conversation public.conversations := private.conversation_of_caller(review_conversation.conversation_id);
  reviewer constant uuid := private.my_profile_id();
  -- Of an account that is gone nothing is left; what was said of it is said to all.
  account constant uuid := (select p.id from public.user_profiles p where p.id = conversation.user_id);
  words constant text := nullif(btrim(note), '');
begin
  -- Its holder may be saying something right now.
  perform pg_advisory_xact_lock(hashtextextended('inbound' || conversation.phone, 0));
  select * into conversation from public.conversations c where c.id = conversation.id for no key update;
  if not found or not conversation.needs_review then
    raise exception using errcode = 'PT409', message = 'review_not_needed',
      detail = 'Nothing in this conversation waits for a decision.';
  end if;
  if review_conversation.revoked is null then
    raise exception using errcode = 'PT422', message = 'review_decision_required',
      detail = 'Either the words revoke consent or they don''t.', hint = 'Say {"revoked": true} or {"revoked": false}.';
  end if;
  if char_length(words) > 1000 then
    raise exception using errcode = 'PT422', message = 'note_too_long', detail = 'A note has at most 1,000 characters.';
  end if;
  if not review_conversation.revoked and words is null then
    raise exception using errcode = 'PT422', message = 'review_note_required',
      detail = 'Whoever decides that words revoke nothing says why.', hint = 'Add a note.';
  end if;

  if review_conversation.revoked then
    perform private.stop_number(
      conversation.phone, account, reviewer, 'person', 'person',
      jsonb_strip_nulls(jsonb_build_object('conversation_id', conversation.id, 'by', reviewer, 'note', words))
    );
  end if;
  -- Either way it waits for nobody any more; an opt-out holds by itself.
  perform private.lift_suppressions(
    conversation.phone, conversation.user_id, array['likely_revoked'], 'person',
    coalesce(words, 'Decided to be a revocation.'), reviewer
  );
  perform private.apply_suppressions_of(conversation.phone);
  update public.conversations c
  set needs_review = false, review_by = null, reviewed_at = private.clock(), reviewed_by = reviewer,
    revoked = review_conversation.revoked, review_note = words
  where c.id = conversation.id
  returning * into conversation;
  return private.conversation_as_json(conversation);
end
$$;

-- Raises PT422 unless an account may text this number now: `phone_not_textable`, `country_not_allowed`, `phone_suppressed`;
-- PT409 `reply_window_closed` if its holder has neither written within a day nor agreed to texts.
create function private.check_reply(conversation public.conversations, answers_as uuid, in_window boolean) returns void
language plpgsql stable security definer
set search_path = ''
as $$
declare
  -- What a campaign of this account would be allowed.
  campaign public.campaigns;
begin
  campaign.user_id := answers_as;
  if conversation.phone !~ '^\+[1-9][0-9]{6,14}$' or private.quiet_group(conversation.phone, null) is null then
    raise exception using errcode = 'PT422', message = 'phone_not_textable',
      detail = 'This number can''t be texted.';
  end if;
  if (private.country_of(conversation.phone) = any (private.allowed_countries(campaign))) is not true then
    raise exception using errcode = 'PT422', message = 'country_not_allowed',
      detail = 'The owner of this conversation may not text this country.';
  end if;
  if not private.may_text(conversation.phone, answers_as) then
    raise exception using errcode = 'PT422', message = 'phone_suppressed',
      detail = 'This number must not be texted: its holder has opted out, or probably means to.',
      hint = case
        when conversation.needs_review then 'Decide first what the words mean: review the conversation.'
        else 'An opt-out by STOP ends when its holder texts START; an admin can lift another.'
      end;
  end if;
  if not in_window and not private.has_consent(conversation.phone, answers_as) then
    raise exception using errcode = 'PT409', message = 'reply_window_closed',
      detail = 'A person can be answered within 24 hours; later only if they have agreed to texts.',
      hint = 'Wait until they write again, or record their consent.';
  end if;
end
$$;

-- Answers in a conversation. The answer is a campaign with one message, hidden as a test is, so that the send workers treat
-- it like every other text: once, at the sender's rate, not to a suppressed number, and within the owner's limits of the
-- day. It comes from the sender that the person wrote to. Within 24 hours after the person's last message it goes at any hour;
-- later it needs their consent, and waits for quiet hours. At most 60 an hour for each account. Returns the message. With a
-- key, the same request within 24 hours sends nothing and returns the same message again. Side effects: see
-- private.made_before; a campaign with `reply_to`, its message, range and lane; a row in private.launches; nothing of the
-- conversation is unread any more; a notification `sending`. Raises PT404, PT409, PT422 or PT429 with a stable code as the
-- message: those of private.check_reply; `message_body_required`, `message_body_too_long`, `owner_not_approved`,
-- `daily_limit_exceeded`, `too_many_replies`.
create function public.reply_to_conversation(conversation_id uuid, body text, idempotency_key text default null) returns json
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  conversation public.conversations := private.conversation_of_caller(reply_to_conversation.conversation_id);
  moment constant timestamp with time zone := private.clock();
  most_replies constant integer := 60;
  writer constant uuid := private.my_profile_id();
  -- One that belongs to nobody is answered by the admin's own account.
  answers_as constant uuid := coalesce(conversation.user_id, writer);
  account constant uuid := coalesce(writer, answers_as);
  in_window constant boolean := conversation.last_inbound_at > moment - interval '24 hours';
  segments_each constant integer := private.segments(body);
  hours_of text;
  campaign public.campaigns;
  message uuid;
  next_at timestamp with time zone;
  made_before uuid;
  answer public.conversation_messages;
begin
  perform from public.user_profiles p where p.id = answers_as and p.status = 'approved';
  if not found then
    raise exception using errcode = 'PT422', message = 'owner_not_approved',
      detail = 'The owner of this conversation is not approved any more.';
  end if;
  if coalesce(body, '') !~ '\S' then
    raise exception using errcode = 'PT422', message = 'message_body_required', detail = 'There is no text.';
  end if;
  if char_length(body) > 1600 then
    raise exception using errcode = 'PT422', message = 'message_body_too_long',
      detail = 'A message has at most 1,600 characters.';
  end if;
  answer.id := private.uuid_v7();
  made_before := private.made_before(
    account, reply_to_conversation.idempotency_key,
    jsonb_build_object('answered', conversation.id, 'body', reply_to_conversation.body), answer.id
  );
  if made_before is not null then
    return private.conversation_message_as_json(m) from public.conversation_messages m where m.id = made_before;
  end if;
  perform private.check_reply(conversation, answers_as, in_window);

  -- One after another for each account, so that requests side by side are all counted.
  perform pg_advisory_xact_lock(hashtextextended('reply' || account, 0));
  select m.created_at + interval '1 hour' into next_at from public.conversation_messages m
  where m.sent_by = account and m.direction = 'out' and m.created_at > moment - interval '1 hour'
  order by m.created_at desc
  offset most_replies - 1 limit 1;
  if found then
    raise exception using errcode = 'PT429', message = 'too_many_replies',
      detail = format('Only %s answers are sent in an hour.', most_replies),
      hint = format('Try again in %s minutes.', ceil(extract(epoch from next_at - moment) / 60));
  end if;

  perform private.check_daily_limits(answers_as, 1, segments_each, moment);
  if not in_window then
    hours_of := private.quiet_group_of_retry(
      true, conversation.phone, (select c.state from public.customers c where c.phone = conversation.phone and c.user_id = answers_as)
    );
  end if;
  campaign.id := private.uuid_v7();
  campaign.user_id := answers_as;
  campaign.name := 'Answer';
  campaign.message_body := body;
  campaign.sender_id := (
    select s.id from private.senders s
    where s.id = conversation.sender_id or s.is_default
    order by (s.id = conversation.sender_id) is true desc
    limit 1
  );
  campaign.quiet_hours := not in_window;
  campaign.reply_to := conversation.id;
  message := private.send_alone(campaign, conversation.phone, hours_of, null, segments_each, moment);
  insert into public.conversation_messages (id, conversation_id, direction, body, message_id, sent_by, created_at)
  values (answer.id, conversation.id, 'out', reply_to_conversation.body, message, account, moment)
  returning * into answer;
  update public.conversations c
  set last_message_at = greatest(c.last_message_at, moment), unread_count = 0, closed_at = null
  where c.id = conversation.id;
  return private.conversation_message_as_json(answer);
end
$$;

grant execute on function
  public.list_conversations(boolean, boolean, integer, integer), public.get_conversation(uuid, integer, integer),
  public.read_conversation(uuid, boolean), public.review_conversation(uuid, boolean, text),
  public.reply_to_conversation(uuid, text, text)
  to authenticated, service_role;
