-- Campaigns: their audience, what users may change, how they end, and the mail to the owner. Their
-- messages and counters, the launch and the sending are in the files that follow.

-- A campaign's audience. `{}` and null mean every active customer of the owner. Unknown keys, nulls and empty
-- lists are refused, so that a filter that went wrong never widens an audience. A customer must have at
-- least one of `tags`, and all of `attributes`. At most 100 states, 50 tags as customers have them, 50 attributes and
-- 10,000 customers, as the API takes them (`MOST_CUSTOMER_IDS` in the crate `dashboard-api`).
create function private.audience_is_valid(audience jsonb) returns boolean
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  -- Checked with every change of a campaign's counters: hence no SQL function, which would be planned anew each time.
  if audience is null then
    return true;
  end if;
  return jsonb_typeof(audience) = 'object'
    and audience - array['states', 'status', 'customer_ids', 'tags', 'attributes'] = '{}'::jsonb
    and (
      not audience ? 'states'
      or (
        jsonb_typeof(audience -> 'states') = 'array'
        and jsonb_array_length(audience -> 'states') between 1 and 100
        and not jsonb_path_exists(audience, 'strict $.states[*] ? (@.type() != "string" || !(@ like_regex "^[A-Z]{2}$"))')
      )
    )
    and (not audience ? 'status' or audience -> 'status' in ('"active"'::jsonb, '"inactive"'::jsonb))
    and (
      not audience ? 'customer_ids'
      or (
        jsonb_typeof(audience -> 'customer_ids') = 'array'
        and jsonb_array_length(audience -> 'customer_ids') between 1 and 10000
        and not jsonb_path_exists(
          audience,
          'strict $.customer_ids[*] ? (@.type() != "string" || !(@ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"))'
        )
      )
    )
    and (
      not audience ? 'tags'
      or (
        jsonb_typeof(audience -> 'tags') = 'array'
        and jsonb_array_length(audience -> 'tags') between 1 and 50
        and not jsonb_path_exists(audience, 'strict $.tags[*] ? (@.type() != "string" || !(@ like_regex "^.{1,64}$" flag "s"))')
      )
    )
    and (
      not audience ? 'attributes'
      or (audience -> 'attributes' <> '{}' and private.attributes_are_valid(audience -> 'attributes'))
    );
end
$$;
grant execute on function private.audience_is_valid(jsonb) to authenticated, service_role;

-- The specification's columns first, then ours.
--
-- Triggers before the write, for each row, in the order in which they run:
--   apply_template (insert), apply_other_template (update of template_id): copies its text, unless the write names a text itself;
--     raises PT422 `template_unknown` for one that the writer doesn't see.
--   archive_messages_under_way (delete of a launched one): rows in private.message_archive and private.account_tallies.
--   break_campaign (update that counts a failure while it is being sent): pauses it past a ratio of failures.
--   check_campaign_change (insert, update, delete): acts only for people (`authenticated`). Sets the status
--     to draft if it is null. Refuses every status but draft and scheduled, a schedule without a time or a
--     text, a draft with a time, changes other than the name after the launch, deleting while it is being
--     sent or messages are under way, and other quiet hours by anybody but an admin.
--   check_status_change (update of the status): refuses changes that a campaign's life does not know, whoever
--     makes them.
--   end_campaign (update that leaves it `sending` or `paused` with nothing pending): sets status and sent_at, or
--     status and failure_reason.
--   own_new_row (insert without user_id): sets user_id to the caller's profile.
--   touch_updated_at (update): sets updated_at.
-- And after it:
--   mail_finished_campaign (update that makes it sent or failed, each row, not for tests): queues a mail to the
--     owner in private.mails.
--   mail_paused_campaign (update by which it pauses by itself, each row): likewise.
--   note_status_change (update of a launched campaign's status, each row): a row in private.campaign_changes.
create table public.campaigns (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  name text not null,
  message_body text,
  status text default 'draft' check (
    status in ('draft', 'scheduled', 'sending', 'paused', 'sent', 'failed', 'canceled')
  ),
  total_recipients integer default 0,
  sent_count integer default 0,
  delivered_count integer default 0,
  failed_count integer default 0,
  scheduled_at timestamp with time zone,
  sent_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now(),
  audience jsonb check (private.audience_is_valid(audience)),
  launched_at timestamp with time zone,
  failure_reason text,
  skipped jsonb not null default '{}',
  pending_count integer not null default 0,
  skipped_count integer not null default 0,
  filtered_count integer not null default 0,
  unregistered_count integer not null default 0,
  opted_out_count integer not null default 0,
  sender_id uuid references private.senders (id) on delete set null,
  quiet_hours boolean not null default true,
  paused_at timestamp with time zone,
  pause_reason text,
  canceled_at timestamp with time zone,
  launch_after timestamp with time zone,
  judged_before jsonb,
  test_of uuid references public.campaigns (id) on delete cascade,
  -- A foreign key, once there are conversations.
  reply_to uuid,
  requires_consent boolean not null default false,
  template_id uuid references public.campaign_templates (id) on delete set null,
  -- One line that is not blank; the limits are those of `Label` in the crate `domain`.
  constraint campaigns_name_check check (char_length(name) <= 200 and name ~ '[^ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]'),
  constraint campaigns_name_characters_check check (name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  -- In bytes, as `LONGEST_SOURCE` in the crate `domain`; a text without merge fields is held to less when it is sent.
  constraint campaigns_message_body_check check (octet_length(message_body) <= 8000)
);
comment on column public.campaigns.audience is
  'who is meant: {"states": ["CA"], "status": "active", "customer_ids": ["…"], "tags": ["vip"], "attributes": {"plan": "gold"}}, each optional and all of them required; of tags one is enough; null: every active customer';
comment on column public.campaigns.failure_reason is 'a stable code, set when status becomes failed, or when a schedule that is due has to wait';
comment on column public.campaigns.skipped is 'customers of the audience left out at launch, counted by reason';
comment on column public.campaigns.skipped_count is
  'messages that were never given to Twilio: the customer was deleted, inactive, suppressed, has another number or no consent, or the campaign was canceled; failed_count counts them too';
comment on column public.campaigns.sender_id is 'null: the default sender';
comment on column public.campaigns.quiet_hours is 'false: texts go out at any hour; only admins may set it';
comment on column public.campaigns.requires_consent is
  'true: only to customers whose consent is in the ledger; see private.numbers_with_consent';
comment on column public.campaigns.template_id is
  'the template that its text was copied from; later changes of either don''t follow; null: none, or it was deleted';
comment on column public.campaigns.pause_reason is 'a stable code: who or what paused it';
comment on column public.campaigns.launch_after is 'a schedule that could not be launched is tried again then';
comment on column public.campaigns.judged_before is 'the counters at the last resume, from which the breaker counts';
comment on column public.campaigns.test_of is
  'the campaign whose text this one tests, see public.test_campaign; such rows are hidden from people; null: not a test';
comment on column public.campaigns.pending_count is 'messages whose outcome is not known yet; kept by trigger like the other counters';
create index campaigns_user_id_created_at_idx on public.campaigns (user_id, created_at desc, id);
create index campaigns_due_idx on public.campaigns (scheduled_at) where status = 'scheduled';
create index campaigns_sending_idx on public.campaigns (id) where status = 'sending';
-- For the workers, who look after these every few seconds, and must not read those that have ended. Not by
-- pending_count: an index on a counter would make every update of it write all indexes of the row.
create index campaigns_open_idx on public.campaigns (id) where status in ('sending', 'paused');
create index campaigns_canceled_idx on public.campaigns (canceled_at) where status = 'canceled';
create index campaigns_sender_id_idx on public.campaigns (sender_id) where sender_id is not null;
create index campaigns_template_id_idx on public.campaigns (template_id) where template_id is not null;
comment on column public.campaigns.reply_to is
  'the conversation in which this one answers, see public.reply_to_conversation; hidden like tests; null: no answer';
create index campaigns_test_of_idx on public.campaigns (test_of, created_at desc) where test_of is not null;

create trigger own_new_row before insert on public.campaigns
  for each row when (new.user_id is null) execute function private.own_new_row();
create trigger touch_updated_at before update on public.campaigns
  for each row when (new.updated_at is not distinct from old.updated_at or current_setting('role') = 'authenticated')
  execute function private.touch_updated_at();

-- Copies a template's text into a campaign that names it, before the text is judged. Reads templates as the writer, so nobody
-- names another account's.
create function private.apply_template() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  text_was constant text := case when tg_op = 'UPDATE' then old.message_body end;
  template public.campaign_templates;
begin
  select * into template from public.campaign_templates t where t.id = new.template_id;
  if not found then
    raise exception using errcode = 'PT422', message = 'template_unknown', detail = 'There is no such template.';
  end if;
  if new.message_body is not distinct from text_was then
    new.message_body := template.message_body;
  end if;
  return new;
end
$$;
create trigger apply_template before insert on public.campaigns
  for each row when (new.template_id is not null) execute function private.apply_template();
create trigger apply_other_template before update of template_id on public.campaigns
  for each row when (new.template_id is not null and new.template_id is distinct from old.template_id)
  execute function private.apply_template();

-- Whether a text has merge fields. Without them it is the same for everybody and is stored in each
-- message at launch; with them the send worker renders it for each recipient.
create function private.has_merge_fields(message_body text) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select message_body ~ '\{[{%#]'
$$;
grant execute on function private.has_merge_fields(text) to authenticated, service_role;

-- Why a text can't be sent, in words; null where it can. Knows the merge fields and filters of
-- services/shared/domain/src/message_template.rs, and of its statements `if`, `elif`, `else` and `endif`.
create function private.text_problem(message_body text) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  field constant text := '(?:first_name|last_name|email|phone|state|attributes\.[A-Za-z_][A-Za-z0-9_]*)';
  word constant text := '(?:"[^"\\]*"|''[^''\\]*'')';
  filters constant text := '(?:\s*\|\s*(?:(?:default|d)\s*(?:\(\s*(?:' || word || ')?\s*\))?|title|capitalize|upper|lower|trim))*';
  operand constant text := '(?:not\s+)?(?:' || field || filters || '|' || word || ')(?:\s*(?:==|!=)\s*(?:' || field || filters || '|' || word || '))?';
  tag text;
  inside text;
  -- The conditions that are open: `i` for each if, `e` once it has had its else.
  opened text := '';
  rest text := message_body;
begin
  if coalesce(message_body, '') !~ '\S' then
    return 'There is no text.';
  end if;
  if not private.has_merge_fields(message_body) then
    return case when length(message_body) > 1600 then 'A message has at most 1,600 characters.' end;
  end if;
  if octet_length(message_body) > 8000 then
    return 'The text is longer than 8,000 bytes.';
  end if;
  for tag in
    select t[1] from regexp_matches(
      message_body, '(\{\{(?:(?!\}\}).)*\}\}|\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})', 'g'
    ) t
  loop
    rest := replace(rest, tag, '');
    continue when starts_with(tag, '{#');
    inside := btrim(regexp_replace(substr(tag, 3, length(tag) - 4), '^-|-$', '', 'g'), E' \t\r\n');
    if starts_with(tag, '{{') then
      if inside !~ ('^(?:' || field || '|' || word || ')' || filters || '$') then
        return format('%s is no merge field that we know: there are first_name, last_name, email, phone, state and attributes.name, with the filters default, title, capitalize, upper, lower and trim.', tag);
      end if;
    elsif inside = 'endif' then
      if opened = '' then
        return 'There is an endif without an if.';
      end if;
      opened := left(opened, -1);
    elsif inside = 'else' or inside ~ ('^elif\s+' || operand || '(?:\s+(?:and|or)\s+' || operand || ')*$') then
      if right(opened, 1) <> 'i' then
        return format('%s has no if before it.', tag);
      end if;
      if inside = 'else' then
        opened := left(opened, -1) || 'e';
      end if;
    elsif inside ~ ('^if\s+' || operand || '(?:\s+(?:and|or)\s+' || operand || ')*$') then
      opened := opened || 'i';
      if length(opened) > 10 then
        return 'At most 10 conditions may stand one inside the other.';
      end if;
    else
      return format('%s is no condition that we know: there are if, elif, else and endif.', tag);
    end if;
  end loop;
  if opened <> '' then
    return 'There is an if without an endif.';
  end if;
  if rest ~ '\{[{%#]' then
    return format('The text has a tag that does not end: %s', left(substring(rest from '\{[{%#].*'), 40));
  end if;
  return null;
end
$$;
grant execute on function private.text_problem(text) to authenticated, service_role;

-- Raises PT422 with a stable code as the message if a text can't be sent: when it is scheduled, and when it is launched.
create function private.check_text(message_body text) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
  problem constant text := private.text_problem(message_body);
begin
  if problem is not null then
    raise exception using errcode = 'PT422',
      message = case
        when coalesce(message_body, '') !~ '\S' then 'message_body_required'
        when not private.has_merge_fields(message_body) then 'message_body_too_long'
        else 'message_body_invalid'
      end,
      detail = problem, hint = 'Change message_body.';
  end if;
end
$$;
grant execute on function private.check_text(text) to authenticated, service_role;

-- What a schedule needs. Raises PT422 with a stable code as the message.
create function private.check_schedule(scheduled_at timestamp with time zone, message_body text) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if scheduled_at is null then
    raise exception using errcode = 'PT422', message = 'scheduled_at_required',
      detail = 'A scheduled campaign needs the time when to send it.', hint = 'Set scheduled_at.';
  end if;
  if scheduled_at < private.clock() - interval '1 hour' then
    raise exception using errcode = 'PT422', message = 'scheduled_at_past',
      detail = 'The time when to send this campaign is more than an hour ago.', hint = 'Set a time to come, or send it now.';
  end if;
  -- A slip of the pen, or `infinity`: it would wait for ever and say nothing.
  if scheduled_at > private.clock() + interval '2 years' then
    raise exception using errcode = 'PT422', message = 'scheduled_at_too_far',
      detail = 'The time when to send this campaign is more than two years ahead.', hint = 'Set an earlier time.';
  end if;
  perform private.check_text(message_body);
end
$$;
grant execute on function private.check_schedule(timestamp with time zone, text) to authenticated, service_role;

-- Whether a worker has messages of this campaign, or nobody knows whether Twilio has them. For the trigger below, which
-- runs as people who may not read the claims.
create function private.has_messages_under_way(campaign_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return exists (select from private.send_claims c where c.campaign_id = has_messages_under_way.campaign_id);
end
$$;
grant execute on function private.has_messages_under_way(uuid) to authenticated;

-- What people may do to a campaign. Launching is a function, and everything after it is the send
-- workers'. Functions and services run as another role than `authenticated` and are not checked.
-- Raises PT403, PT409 or PT422 with a stable code as the message.
create function private.check_campaign_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if current_user <> 'authenticated' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;

  if tg_op = 'DELETE' then
    if old.status = 'sending' then
      raise exception using errcode = 'PT409', message = 'campaign_sending',
        detail = 'A campaign can''t be deleted while it is being sent.',
        hint = 'Wait until it has been sent.';
    end if;
    -- They could go out, and nothing would be left that says so.
    if old.pending_count > 0 and private.has_messages_under_way(old.id) then
      raise exception using errcode = 'PT409', message = 'campaign_sending',
        detail = 'Messages of this campaign are still under way, although it is not being sent any more.',
        hint = 'Delete it when Twilio has answered for them, which takes a minute, or a day if Twilio can''t be reached.';
    end if;
    return old;
  end if;

  -- An upsert writes both back. What a campaign has sent counts for its owner.
  if tg_op = 'UPDATE' and (new.id, new.user_id) is distinct from (old.id, old.user_id) then
    raise exception using errcode = 'PT409', message = 'campaign_owner_fixed',
      detail = 'A campaign keeps its id and its owner.', hint = 'Leave id and user_id as they are, or create a new campaign.';
  end if;

  -- Unchanged is not refused: frontends write back whole rows.
  if new.quiet_hours is distinct from coalesce(old.quiet_hours, true) and not private.is_admin() then
    raise exception using errcode = 'PT403', message = 'quiet_hours_need_admin',
      detail = 'Only an admin can set whether a campaign keeps quiet hours.', hint = 'Ask an admin, or leave quiet_hours out.';
  end if;
  -- An admin allowed it for the text and the audience that it had.
  if tg_op = 'UPDATE' and not old.quiet_hours and not private.is_admin()
    and (new.message_body, new.audience, new.template_id) is distinct from (old.message_body, old.audience, old.template_id)
  then
    new.quiet_hours := true;
  end if;

  if tg_op = 'UPDATE' and old.launched_at is not null then
    if (
      new.status, new.message_body, new.audience, new.scheduled_at, new.sender_id, new.quiet_hours, new.requires_consent,
      new.template_id
    ) is distinct from (
      old.status, old.message_body, old.audience, old.scheduled_at, old.sender_id, old.quiet_hours, old.requires_consent,
      old.template_id
    )
    then
      raise exception using errcode = 'PT409', message = 'campaign_already_launched',
        detail = format('This campaign is %s: only its name can still change.', old.status),
        hint = 'Duplicate it, or create a new one.';
    end if;
    return new;
  end if;

  if tg_op = 'UPDATE' and old.status = 'paused' and new.status is distinct from old.status then
    if old.pause_reason = 'admin' and not private.is_admin() then
      raise exception using errcode = 'PT409', message = 'campaign_paused_by_admin',
        detail = 'An admin has paused this campaign.', hint = 'Ask an admin to resume it.';
    end if;
    new.paused_at := null;
    new.pause_reason := null;
  end if;

  -- A change may be what a schedule that waits was waiting for.
  if tg_op = 'UPDATE' and old.status = 'scheduled' then
    new.launch_after := null;
    new.failure_reason := null;
  end if;

  new.status := coalesce(new.status, 'draft');
  if new.status not in ('draft', 'scheduled') and (tg_op = 'INSERT' or new.status is distinct from old.status) then
    raise exception using errcode = 'PT409', message = 'campaign_status_not_allowed',
      detail = format('Nobody can set the status %s.', new.status),
      hint = 'Set draft or scheduled, or send, pause, resume or cancel the campaign.';
  end if;
  -- What was scheduled may become a draft and keep its time.
  if new.status = 'draft' and new.scheduled_at is not null
    and (tg_op = 'INSERT' or new.scheduled_at is distinct from old.scheduled_at)
  then
    raise exception using errcode = 'PT422', message = 'scheduled_at_needs_status',
      detail = 'A draft has no time: it would not be sent then.',
      hint = 'Set the status scheduled as well, or leave scheduled_at out.';
  end if;
  if new.status = 'scheduled' then
    if tg_op = 'INSERT' or (new.status, new.scheduled_at) is distinct from (old.status, old.scheduled_at) then
      perform private.check_schedule(new.scheduled_at, new.message_body);
    else
      -- Its time may be long past: it waits for a limit of the day, which the change may be about.
      perform private.check_text(new.message_body);
    end if;
  end if;
  return new;
end
$$;
create trigger check_campaign_change before insert or update or delete on public.campaigns
  for each row execute function private.check_campaign_change();

-- A campaign's life: which status may follow which. Raises PT409.
create function private.check_status_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.status <> all (
    case old.status
      when 'draft' then array['scheduled', 'sending', 'failed']
      when 'scheduled' then array['draft', 'sending', 'paused', 'canceled', 'failed']
      when 'sending' then array['paused', 'sent', 'failed', 'canceled']
      when 'paused' then array['draft', 'scheduled', 'sending', 'sent', 'failed', 'canceled']
      when 'failed' then array['draft', 'sending']
      when 'sent' then array['sending']
      else array[]::text[]
    end
  ) then
    raise exception using errcode = 'PT409', message = 'campaign_status_not_allowed',
      detail = format('A campaign that is %s can''t become %s.', old.status, new.status),
      hint = 'Duplicate it, or create a new one.';
  end if;
  return new;
end
$$;
create trigger check_status_change before update on public.campaigns
  for each row when (old.status is distinct from new.status) execute function private.check_status_change();

-- Pauses a campaign whose messages fail too often: in all, filtered by carriers, because its sender is
-- not registered, or because people opt out. Failures that came by callback count like refusals.
create function private.break_campaign() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  bounds private.breaker_limits;
  before jsonb := coalesce(new.judged_before, '{}');
  judged double precision;
begin
  select * into bounds from private.breaker_limits;
  judged := new.total_recipients - new.pending_count - new.skipped_count - coalesce((before ->> 'judged')::integer, 0);
  if judged < bounds.least_messages then
    return new;
  end if;
  new.pause_reason := case
    when new.unregistered_count - coalesce((before ->> 'unregistered')::integer, 0) > bounds.unregistered_ratio * judged
      then 'sender_unregistered'
    when new.filtered_count - coalesce((before ->> 'filtered')::integer, 0) > bounds.filtered_ratio * judged
      then 'carriers_filter'
    when new.opted_out_count - coalesce((before ->> 'opted_out')::integer, 0) > bounds.opted_out_ratio * judged
      then 'many_opt_outs'
    when new.failed_count - new.skipped_count - coalesce((before ->> 'failed')::integer, 0) > bounds.failed_ratio * judged
      then 'many_failures'
  end;
  if new.pause_reason is not null then
    new.status := 'paused';
    new.paused_at := private.clock();
  end if;
  return new;
end
$$;
create trigger break_campaign before update on public.campaigns
  for each row when (
    old.status = 'sending' and new.status = 'sending' and new.failed_count > old.failed_count and new.pending_count > 0
  )
  execute function private.break_campaign();

-- A campaign ends when nothing is pending, also while it is paused: as `sent`, or as `failed` if nothing
-- could be sent.
create function private.end_campaign() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.sent_count > 0 then
    new.status := 'sent';
    new.sent_at := coalesce(new.sent_at, now());
    new.failure_reason := null;
  else
    new.status := 'failed';
    new.failure_reason := coalesce(new.failure_reason, 'nothing_sent');
  end if;
  return new;
end
$$;
create trigger end_campaign before update on public.campaigns
  for each row when (
    old.status in ('sending', 'paused') and new.status in ('sending', 'paused') and new.launched_at is not null
    and new.pending_count = 0
  )
  execute function private.end_campaign();

-- Tells the owner of a campaign what has become of it, with the counters of this moment, if they are approved.
-- `what` is what a mail of this kind says besides. Side effect: a row in private.mails.
create function private.mail_campaign_owner(campaign public.campaigns, kind text, what jsonb) returns void
language sql volatile security definer
set search_path = ''
as $$
  select private.queue_mail(
    kind,
    (
      select u.email from public.user_profiles p join auth.users u on u.id = p.user_id
      where p.id = campaign.user_id and p.status = 'approved'
    ),
    what || jsonb_build_object(
      'campaign_id', campaign.id,
      'name', campaign.name,
      'total_recipients', campaign.total_recipients,
      'sent_count', campaign.sent_count,
      'delivered_count', campaign.delivered_count,
      'failed_count', campaign.failed_count
    )
  )
$$;

-- Tells the owner that a campaign has ended.
create function private.mail_finished_campaign() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.mail_campaign_owner(new, 'campaign_finished', jsonb_build_object('status', new.status));
  return null;
end
$$;
-- Not `of status`: the update that ends a campaign names its counters, and a trigger sets the status.
create trigger mail_finished_campaign after update on public.campaigns
  for each row when (new.status in ('sent', 'failed') and old.status is distinct from new.status and new.test_of is null and new.reply_to is null)
  execute function private.mail_finished_campaign();

-- Tells the owner that a campaign has paused by itself, and why.
create function private.mail_paused_campaign() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.mail_campaign_owner(new, 'campaign_paused', jsonb_build_object('reason', new.pause_reason));
  return null;
end
$$;
create trigger mail_paused_campaign after update on public.campaigns
  for each row when (
    new.status = 'paused' and old.status is distinct from new.status
    and new.pause_reason not in ('owner', 'admin', 'owner_not_approved')
  )
  execute function private.mail_paused_campaign();

-- What happened to launched campaigns, with the counters of that moment. The send workers write each into their log
-- once. No triggers.
create table private.campaign_changes (
  id bigint generated always as identity primary key,
  campaign_id uuid not null,
  status text not null,
  reason text,
  total_recipients integer,
  sent_count integer,
  delivered_count integer,
  failed_count integer,
  pending_count integer,
  changed_at timestamp with time zone not null default now(),
  logged boolean not null default false
);
alter table private.campaign_changes enable row level security;
create index campaign_changes_not_logged_idx on private.campaign_changes (id) where not logged;
create index campaign_changes_campaign_id_idx on private.campaign_changes (campaign_id);
grant select, insert, update on private.campaign_changes to service_role;

create function private.note_status_change() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into private.campaign_changes
    (campaign_id, status, reason, total_recipients, sent_count, delivered_count, failed_count, pending_count)
  values (
    new.id, new.status, case new.status when 'paused' then new.pause_reason when 'failed' then new.failure_reason end,
    new.total_recipients, new.sent_count, new.delivered_count, new.failed_count, new.pending_count
  );
  return null;
end
$$;
create trigger note_status_change after update on public.campaigns
  for each row when (new.launched_at is not null and old.status is distinct from new.status)
  execute function private.note_status_change();

-- An owner who is not approved any more sends nothing: their campaigns pause until somebody resumes them. Nobody can
-- resume a test, so those are canceled.
create function private.pause_campaigns_of_owner() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform from public.campaigns c
  where c.user_id = new.id and c.status in ('sending', 'scheduled')
  order by c.id
  for no key update;
  update public.campaigns c
  set status = 'paused', paused_at = private.clock(), pause_reason = 'owner_not_approved'
  where c.user_id = new.id and c.status in ('sending', 'scheduled') and c.test_of is null and c.reply_to is null;
  update public.campaigns c
  set status = 'canceled', canceled_at = private.clock()
  where c.user_id = new.id and c.status = 'sending' and (c.test_of is not null or c.reply_to is not null);
  return null;
end
$$;
create trigger pause_campaigns_of_owner after update on public.user_profiles
  for each row when (old.status = 'approved' and new.status is distinct from 'approved')
  execute function private.pause_campaigns_of_owner();

-- The owner's, and every admin's. Owner, counters, and what the workers set are not theirs to write. Tests are nobody's:
-- public.get_test shows them.
alter table public.campaigns enable row level security;
create policy read_own_campaigns on public.campaigns for select to authenticated
  using (test_of is null and reply_to is null and (user_id = (select private.my_profile_id()) or (select private.is_admin())));
create policy insert_own_campaigns on public.campaigns for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_campaigns on public.campaigns for update to authenticated
  using (test_of is null and reply_to is null and (user_id = (select private.my_profile_id()) or (select private.is_admin())))
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_campaigns on public.campaigns for delete to authenticated
  using (test_of is null and reply_to is null and (user_id = (select private.my_profile_id()) or (select private.is_admin())));
grant select, delete on public.campaigns to authenticated;
grant insert (id, user_id, name, message_body, status, scheduled_at, audience, sender_id, quiet_hours, requires_consent, template_id)
  on public.campaigns to authenticated;
grant update (
  id, user_id, name, message_body, status, scheduled_at, audience, sender_id, quiet_hours, requires_consent, template_id, updated_at
)
  on public.campaigns to authenticated;
grant select, insert, update, delete on public.campaigns to service_role;
