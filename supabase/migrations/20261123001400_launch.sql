-- Launching a campaign: one transaction in which it gets its recipients, its counters and its ranges of
-- work, or nothing at all. Afterwards the send workers take its messages.

-- The sender that a campaign names, or the default.
create function private.sender_of(campaign public.campaigns) returns private.senders
language sql stable security definer
set search_path = ''
as $$
  select s from private.senders s
  where s.id = campaign.sender_id or (campaign.sender_id is null and s.is_default)
$$;

-- The countries that a campaign may text. Without a word from an admin that is the default sender's, whichever sender the
-- campaign names: its owner chooses that one.
create function private.allowed_countries(campaign public.campaigns) returns text[]
language sql stable security definer
set search_path = ''
as $$
  select coalesce(l.countries, array(select private.country_of_sender(s.phone_number) from private.senders s where s.is_default))
  from private.limits_of(campaign.user_id, private.clock()) l
$$;

-- A customer's values for merge fields; null fields are left out. Inlined, so without a `search_path` of its own.
create function private.merge_values_of(customer public.customers) returns jsonb
language sql stable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'first_name', customer.first_name, 'last_name', customer.last_name, 'email', customer.email, 'state', customer.state,
    'attributes', case when customer.attributes <> '{}' then customer.attributes end
  ))
$$;

-- The customers of a campaign's audience: who gets a text, with the quiet group whose hours apply and the values of the
-- text's merge fields if it has any, and who is left out and why. The preview and the launch both use this; a launch locks
-- the customers `for key share`, in the same reading.
create function private.recipients(campaign public.campaigns, for_launch boolean default false)
returns table (customer_id uuid, phone text, quiet_group text, left_out_for text, merge_values jsonb, state text)
language plpgsql volatile security definer
set search_path = ''
set jit = off
rows 10000
as $$
#variable_conflict use_column
declare
  states text[];
  customer_ids uuid[];
  wanted_tags text[];
  -- $1 is the campaign, $2 to $6 its audience, $7 the countries that it may text, $8 whether its text has merge fields, $9
  -- whether it requires consent. For many customers Postgres hashes what `exists` asks; for few it looks each up.
  statement constant text := $statement$
    select c.id, c.phone, case when $1.quiet_hours and c.phone like '+1%' then g.quiet_group end,
      case
        when c.status is distinct from 'active' then 'inactive'
        -- E.164: a plus and 7 to 15 digits. A regular expression takes twice as long.
        when translate(c.phone, '0123456789', '') <> '+' or c.phone not like '+%' or c.phone like '+0%'
          or length(c.phone) not between 8 and 16 then 'invalid_phone'
        when exists (select from private.numbers_not_to_text($1.user_id) n where n.phone = c.phone) then 'suppressed'
        when $9 and not exists (select from private.numbers_with_consent($1.user_id) n where n.phone = c.phone)
          then 'no_consent'
        when c.phone like '+1%' and g.quiet_group is null then 'not_textable'
        when (
          case when c.phone like '+1%' then coalesce(nullif(a.country, 'NANP'), 'US') else k.country end = any ($7)
        ) is not true then 'country_not_allowed'
      end,
      case when $8 then private.merge_values_of(c) end,
      c.state
    from public.customers c
    -- What private.quiet_group does, without calling it for each.
    left join private.area_codes a on a.area_code = substr(c.phone, 3, 3)
    left join private.quiet_groups qs on qs.area_code = '' and qs.state = c.state
    left join private.quiet_groups g on g.area_code = coalesce(a.area_code, '') and g.state = coalesce(qs.state, '')
    left join private.calling_codes k on k.first_digits = substr(c.phone, 2, 3)
    where c.user_id = $1.user_id
      and ($2 is null or c.state = any ($2))
      and ($3 is null or c.id = any ($3))
      and ($4 is null or c.tags && $4)
      and ($5 is null or c.attributes @> $5)
      and ($6 is null or c.status = $6)
  $statement$;
begin
  if campaign.audience ? 'states' then
    states := array(select jsonb_array_elements_text(campaign.audience -> 'states'));
  end if;
  if campaign.audience ? 'customer_ids' then
    customer_ids := array(select jsonb_array_elements_text(campaign.audience -> 'customer_ids')::uuid);
  end if;
  if campaign.audience ? 'tags' then
    wanted_tags := array(select jsonb_array_elements_text(campaign.audience -> 'tags'));
  end if;
  return query execute statement || case when for_launch then 'for key share of c' else '' end
    using campaign, states, customer_ids, wanted_tags, private.attributes_as_texts(campaign.audience -> 'attributes'),
      campaign.audience ->> 'status',
      private.allowed_countries(campaign), private.has_merge_fields(campaign.message_body),
      campaign.requires_consent;
end
$$;

-- Raises PT409 `recipients_differ` if a campaign has not exactly as many recipients as somebody expected.
create function private.check_recipients(recipients integer, expected_recipients integer) returns void
language plpgsql immutable
set search_path = ''
as $$
begin
  if recipients <> expected_recipients then
    raise exception using errcode = 'PT409', message = 'recipients_differ',
      detail = format('This campaign has %s recipients, not %s.', recipients, expected_recipients),
      hint = 'Look at the preview again, then send it with the new number.';
  end if;
end
$$;

-- What every launch ends with, a test's as well: it counts in the limits of the day, gets its lane, and the send workers
-- are told. The lane is behind nobody: it starts where the one served least is.
create function private.begin_sending(
  campaign_id uuid, owner_id uuid, sender_id uuid, messages integer, segments_each integer, moment timestamp with time zone
) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into private.launches (campaign_id, user_id, launched_at, messages, segments_each)
  values (campaign_id, owner_id, moment, messages, segments_each);
  insert into private.send_lanes (campaign_id, sender_id, served, segments, due_at)
  select begin_sending.campaign_id, begin_sending.sender_id, coalesce(min(l.served), 0), segments_each, moment
  from private.send_lanes l
  where l.sender_id = begin_sending.sender_id and l.due_at < 'infinity';
  -- The notification has no content: listeners look at the lanes.
  select pg_notify('sending', '');
$$;

-- Launches a draft or scheduled campaign. Side effects: rows in campaign_messages for its recipients
-- and in campaign_skips for those left out; its status and counters; its ranges and its lane; a
-- notification `sending`. With `expected_recipients` it launches only if there are exactly so many.
-- It keeps to the owner's limits, see private.limits_of.
--
-- A LAUNCH BYPASSES THE TRIGGERS of what it inserts, where the function's owner may (see "imports bypass these triggers" in
-- the file of the customers): the two foreign keys' triggers, row by row, take longer than everything else. What it does
-- itself instead, once for all rows:
--   foreign key customer_id    it locks the customers of the audience `for key share`; who is gone by then is left out.
--   foreign key campaign_id    it has locked the campaign.
--   count_inserted_messages    it sets the campaign's counters, and writes the tallies.
-- Raises PT404, PT409 or PT422 with a stable code as the message; then nothing has happened.
create function private.launch_campaign(campaign_id uuid, expected_recipients integer default null)
returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
set work_mem = '64MB'
as $$
declare
  campaign public.campaigns;
  sender private.senders;
  recipients integer;
  left_out jsonb;
  fixed_body text;
  id_prefix text;
  segments_each integer;
  moment constant timestamp with time zone := private.clock();
begin
  select * into campaign from public.campaigns c where c.id = launch_campaign.campaign_id for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'campaign_not_found', detail = 'There is no such campaign.';
  end if;
  if campaign.status not in ('draft', 'scheduled') then
    raise exception using errcode = 'PT409', message = 'campaign_already_launched',
      detail = format('This campaign is %s.', campaign.status), hint = 'Duplicate it, or create a new one.';
  end if;
  perform private.check_text(campaign.message_body);
  perform private.check_owner_is_approved(campaign.id);
  sender := private.sender_of(campaign);
  if not private.has_merge_fields(campaign.message_body) then
    fixed_body := campaign.message_body;
  end if;
  -- UUIDs of version 7 in the order of the positions: time and chance are this launch's, the last 32 bits are
  -- the position. Calling private.uuid_v7() for each would cost more than the rows.
  id_prefix := left(private.uuid_v7()::text, 28);

  begin
    set local session_replication_role = replica;
  exception
    -- Then the triggers do their work, and it takes longer.
    when insufficient_privilege then null;
  end;
  -- One statement, so that everybody in the audience is either a recipient or left out for a reason.
  with audience as materialized (
    select * from private.recipients(campaign, for_launch => true)
  ),
  numbered as materialized (
    select a.customer_id, a.phone, a.quiet_group, a.merge_values, a.state, row_number() over (order by a.quiet_group)::integer as position
    from audience a
    where a.left_out_for is null
  ),
  messages as (
    insert into public.campaign_messages
      (id, campaign_id, customer_id, phone_number, message_body, merge_values, position, state)
    select
      (id_prefix || lpad(to_hex(n.position), 8, '0'))::uuid,
      campaign.id, n.customer_id, n.phone, fixed_body, n.merge_values, n.position, n.state
    from numbered n
    returning 1
  ),
  tallies as (
    insert into private.message_tallies (campaign_id, status, n, segments, states, state_counts)
    select campaign.id, 'pending', sum(s.n), 0, array_agg(s.state), array_agg(s.n)
    from (select n.state, count(*)::integer as n from numbered n group by 1) s
    -- Else the triggers have written it.
    having count(*) > 0 and current_setting('session_replication_role') = 'replica'
  ),
  skips as (
    insert into public.campaign_skips (campaign_id, customer_id, reason)
    select campaign.id, a.customer_id, a.left_out_for from audience a where a.left_out_for is not null
    returning reason
  ),
  ranges as (
    insert into private.send_ranges (campaign_id, first, last, next, quiet_group, due_at)
    select campaign.id, f, least(f + 9999, g.last), f, g.quiet_group, moment
    from (
      select n.quiet_group, min(n.position) as first, max(n.position) as last from numbered n group by n.quiet_group
    ) g
    cross join generate_series(g.first, g.last, 10000) f
  )
  select
    (select count(*) from messages),
    (select coalesce(jsonb_object_agg(s.reason, s.n), '{}') from (select reason, count(*) as n from skips group by reason) s)
  into recipients, left_out;
  -- Where the right is missing, there is nothing to reset, and this raised as well.
  if current_setting('session_replication_role') = 'replica' then
    set local session_replication_role = origin;
  end if;

  if recipients = 0 then
    raise exception using errcode = 'PT422', message = 'no_recipients',
      detail = 'Nobody in this campaign''s audience can be texted.',
      hint = 'Add active customers or widen the audience.';
  end if;
  perform private.check_recipients(recipients, expected_recipients);
  segments_each := private.segments(campaign.message_body);
  perform private.check_daily_limits(campaign.user_id, recipients, segments_each, moment);
  perform private.begin_sending(campaign.id, campaign.user_id, sender.id, recipients, segments_each, moment);

  update public.campaigns c
  set status = 'sending', launched_at = moment, skipped = left_out, failure_reason = null,
    launch_after = null, total_recipients = recipients, pending_count = recipients
  where c.id = campaign.id
  returning * into campaign;
  return campaign;
end
$$;

-- How many segments a text takes, as `Segments::count` of the crate `domain` counts them: 160 GSM-7 units or 70 UTF-16
-- units in one, 153 or 67 each once split, and no character as a reader sees it is divided. Of those that Unicode joins it
-- knows accents, emoji and flags; `domain` knows the scripts of India and Korea as well, which differs only in long texts.
-- Texts with merge fields differ anyway, and the send workers correct it by what they really send.
create function private.segments(message_body text) returns integer
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  -- What belongs to the character before it.
  joined constant text := '[\u0300-\u036F\u200D\u20D0-\u20F0\uFE00-\uFE0F\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]*';
  emoji constant text := '[\u00A9\u00AE\u203C-\u3299\U0001F000-\U0001F1E5\U0001F200-\U0001FAFF]';
  units text;
  used integer := 0;
  width integer;
  count integer := 1;
begin
  if message_body is null then
    return 1;
  end if;
  if message_body ~ '^[\n\r -Z_a-z£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\f^{}\\\[~\]|€]*$' then
    -- An escape and a letter stand for what takes two units; no text has an escape of its own here.
    units := regexp_replace(message_body, '[\f^{}\\\[~\]|€]', E'\x1bx', 'g');
    if length(units) <= 160 then
      return 1;
    end if;
    while length(units) - used > 153 loop
      used := used + case when substr(units, used + 153, 1) = E'\x1b' then 152 else 153 end;
      count := count + 1;
    end loop;
    return count;
  end if;
  if length(regexp_replace(message_body, '[\U00010000-\U0010FFFF]', 'xx', 'g')) <= 70 then
    return 1;
  end if;
  for width in
    select length(regexp_replace(g.parts[1], '[\U00010000-\U0010FFFF]', 'xx', 'g'))
    from regexp_matches(
      message_body,
      format('[\r\n]|[\U0001F1E6-\U0001F1FF]{1,2}%1$s|%2$s%1$s(?:(?<=\u200D)%2$s%1$s)*|[^\r\n]%1$s', joined, emoji), 'g'
    ) with ordinality g (parts, place)
    order by g.place
  loop
    if used + width > 67 and used > 0 then
      count := count + 1;
      used := 0;
    end if;
    used := used + width;
  end loop;
  return count;
end
$$;

-- Raises PT422 `owner_not_approved` if the campaign's owner is not approved, or not any more. Changes nothing.
create function private.check_owner_is_approved(campaign_id uuid) returns void
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform from public.campaigns c join public.user_profiles p on p.id = c.user_id
  where c.id = check_owner_is_approved.campaign_id and p.status = 'approved';
  if not found then
    raise exception using errcode = 'PT422', message = 'owner_not_approved',
      detail = 'The owner of this campaign is not approved any more.';
  end if;
end
$$;

-- Launches one scheduled campaign that is due, each once even if many workers call this. Returns its id, or
-- null if none is due. Side effects: those of a launch; a campaign that can't be launched becomes failed, with
-- the code as its failure_reason; one that failed for another reason, or takes longer than the caller's statement_timeout,
-- is put off, so that the others get their turn: half a minute, then as long again as it is overdue, at most a quarter
-- of an hour. One that today's limits have no room for, but a day's have, stays scheduled and waits for the next day of UTC.
create function private.launch_due_campaign() returns uuid
language plpgsql volatile security definer
set search_path = ''
-- A statement's timeout can't be set from within it; this limits at least what it waits for others.
set lock_timeout = '1min'
as $$
declare
  due uuid;
  delay interval;
  refusal text;
begin
  select c.id into due from public.campaigns c
  where c.status = 'scheduled' and c.scheduled_at <= private.clock()
    and (c.launch_after is null or c.launch_after <= private.clock())
  order by c.scheduled_at, c.id
  limit 1
  for no key update skip locked;
  if due is null then
    return null;
  end if;
  begin
    perform private.launch_campaign(due);
  exception
    when sqlstate 'PT422' then
      get stacked diagnostics refusal = constraint_name;
      if sqlerrm = 'daily_limit_exceeded' and refusal = 'fits_tomorrow' then
        update public.campaigns c
        set failure_reason = sqlerrm, launch_after = date_trunc('day', private.clock(), 'UTC') + interval '24 hours'
        where c.id = due;
      else
        update public.campaigns c set status = 'failed', failure_reason = sqlerrm where c.id = due;
      end if;
    -- `others` are not the timeout of a statement, nor a failed assertion.
    when query_canceled or others then
      update public.campaigns c
      set launch_after = private.clock() + case
          when c.launch_after is null then interval '30 seconds'
          else greatest(interval '30 seconds', least(interval '15 minutes', private.clock() - c.scheduled_at))
        end
      where c.id = due
      returning c.launch_after - private.clock() into delay;
      raise warning 'campaign % could not be launched, and is tried again in % s: %', due, round(extract(epoch from delay)), sqlerrm;
  end;
  return due;
end
$$;
grant execute on function private.launch_campaign(uuid, integer), private.launch_due_campaign() to service_role;
