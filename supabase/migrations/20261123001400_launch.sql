-- Launching a campaign: one transaction in which it gets its recipients, its counters and its batches,
-- or nothing at all. Afterwards the send workers take the batches from the queue.
select pgmq.create('campaign_batches');

-- Whether a text has merge fields. Without them it is the same for everybody and is stored in each
-- message at launch; with them the send worker renders it for each recipient.
create function private.has_merge_fields(message_body text) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select message_body ~ '\{[{%#]'
$$;
grant execute on function private.has_merge_fields(text) to authenticated, service_role;

-- Launches a draft or scheduled campaign. Side effects: rows in campaign_messages for its recipients
-- and in campaign_skips for those left out; its status and counters; its batches of 100 in the queue,
-- and a notification `campaign_batches`.
-- Raises PT404, PT409 or PT422 with a stable code as the message; then nothing has happened.
create function private.launch_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  campaign public.campaigns;
  recipients integer;
  left_out jsonb;
  fixed_body text;
  states text[];
  customer_ids uuid[];
  wanted_tags text[];
begin
  select * into campaign from public.campaigns c where c.id = launch_campaign.campaign_id for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'campaign_not_found', detail = 'There is no such campaign.';
  end if;
  if campaign.status not in ('draft', 'scheduled') then
    raise exception using errcode = 'PT409', message = 'campaign_already_launched',
      detail = format('This campaign is %s.', campaign.status), hint = 'Create a new campaign.';
  end if;
  if coalesce(campaign.message_body, '') !~ '\S' then
    raise exception using errcode = 'PT422', message = 'message_body_required',
      detail = 'This campaign has no message.', hint = 'Set message_body.';
  end if;
  if not private.has_merge_fields(campaign.message_body) then
    fixed_body := campaign.message_body;
    if length(fixed_body) > 1600 then
      raise exception using errcode = 'PT422', message = 'message_body_too_long',
        detail = 'A message has at most 1,600 characters.', hint = 'Shorten message_body.';
    end if;
  end if;
  if campaign.audience ? 'states' then
    states := array(select jsonb_array_elements_text(campaign.audience -> 'states'));
  end if;
  if campaign.audience ? 'customer_ids' then
    customer_ids := array(select jsonb_array_elements_text(campaign.audience -> 'customer_ids')::uuid);
  end if;
  if campaign.audience ? 'tags' then
    wanted_tags := array(select jsonb_array_elements_text(campaign.audience -> 'tags'));
  end if;

  -- One statement, so that everybody in the audience is either a recipient or left out for a reason.
  -- The ids are those of private.uuid_v7(), written out because calling it costs more than the row.
  -- Not sorted: in the order in which customers are stored, the foreign keys are checked from left to right.
  with audience as (
    select c.id, c.phone,
      case
        when c.status is distinct from 'active' then 'inactive'
        when c.phone !~ '^\+[1-9][0-9]{6,14}$' then 'invalid_phone'
      end as left_out_for
    from public.customers c
    where c.user_id = campaign.user_id
      and (states is null or c.state = any (states))
      and (customer_ids is null or c.id = any (customer_ids))
      and (wanted_tags is null or c.tags && wanted_tags)
      and (not coalesce(campaign.audience ? 'attributes', false) or c.attributes @> (campaign.audience -> 'attributes'))
      and (not coalesce(campaign.audience ? 'status', false) or c.status = campaign.audience ->> 'status')
  ),
  messages as (
    insert into public.campaign_messages (id, campaign_id, customer_id, phone_number, message_body, position)
    select
      encode(
        set_bit(set_bit(
          overlay(
            uuid_send(gen_random_uuid())
            placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
            from 1 for 6
          ),
        52, 1), 53, 1),
        'hex'
      )::uuid,
      campaign.id, a.id, a.phone, fixed_body, row_number() over ()
    from audience a
    where a.left_out_for is null
    returning 1
  ),
  skips as (
    insert into public.campaign_skips (campaign_id, customer_id, reason)
    select campaign.id, a.id, a.left_out_for from audience a where a.left_out_for is not null
    returning reason
  )
  select
    (select count(*) from messages),
    (select coalesce(jsonb_object_agg(s.reason, s.n), '{}') from (select reason, count(*) as n from skips group by reason) s)
  into recipients, left_out;

  if recipients = 0 then
    raise exception using errcode = 'PT422', message = 'no_recipients',
      detail = 'Nobody in this campaign''s audience can be texted.',
      hint = 'Add active customers or widen the audience.';
  end if;

  perform pgmq.send_batch(
    'campaign_batches',
    array(
      select jsonb_build_object('campaign_id', campaign.id, 'first', b.first, 'last', least(b.first + 99, recipients))
      from generate_series(1, recipients, 100) b (first)
    )
  );
  -- The notification has no content: listeners check the queue.
  perform pg_notify('campaign_batches', '');

  update public.campaigns c
  set status = 'sending', launched_at = now(), skipped = left_out, failure_reason = null
  where c.id = campaign.id
  returning * into campaign;
  return campaign;
end
$$;
grant execute on function private.launch_campaign(uuid) to service_role;

-- private.launch_campaign for a campaign of the caller's; for an admin or a service, of anybody's.
create function public.launch_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
begin
  if current_setting('role') not in ('service_role', 'none') and not private.is_admin() and not exists (
    select from public.campaigns c
    where c.id = launch_campaign.campaign_id and c.user_id = private.my_profile_id()
  ) then
    raise exception using errcode = 'PT404', message = 'campaign_not_found', detail = 'There is no such campaign.';
  end if;
  return private.launch_campaign(launch_campaign.campaign_id);
end
$$;
grant execute on function public.launch_campaign(uuid) to authenticated, service_role;

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

-- Launches up to `at_most` scheduled campaigns that are due, each once even if many workers call this.
-- Returns how many it dealt with. Side effects: those of a launch; a campaign that can't be launched
-- becomes failed, with the code as its failure_reason.
create function private.launch_due_campaigns(at_most integer default 10) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  due uuid;
  dealt_with integer := 0;
begin
  for due in
    select c.id from public.campaigns c
    where c.status = 'scheduled' and c.scheduled_at <= now()
    order by c.scheduled_at
    limit at_most
    for no key update skip locked
  loop
    begin
      perform private.check_owner_is_approved(due);
      perform private.launch_campaign(due);
    exception when sqlstate 'PT422' then
      update public.campaigns c set status = 'failed', failure_reason = sqlerrm where c.id = due;
    end;
    dealt_with := dealt_with + 1;
  end loop;
  return dealt_with;
end
$$;
grant execute on function private.launch_due_campaigns(integer) to service_role;
