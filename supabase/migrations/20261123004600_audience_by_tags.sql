-- Tags and attributes in a campaign's audience: at least one of the tags, and all of the attributes.

create or replace function private.audience_is_valid(audience jsonb) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select jsonb_typeof(audience) = 'object'
    and audience - array['states', 'status', 'customer_ids', 'tags', 'attributes'] = '{}'::jsonb
    and (
      not audience ? 'states'
      or (
        jsonb_typeof(audience -> 'states') = 'array'
        and not jsonb_path_exists(audience, 'strict $.states[*] ? (@.type() != "string" || !(@ like_regex "^[A-Z]{2}$"))')
      )
    )
    and (not audience ? 'status' or audience -> 'status' in ('"active"'::jsonb, '"inactive"'::jsonb))
    and (
      not audience ? 'customer_ids'
      or (
        jsonb_typeof(audience -> 'customer_ids') = 'array'
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
        and not jsonb_path_exists(audience, 'strict $.tags[*] ? (@.type() != "string")')
      )
    )
    and (not audience ? 'attributes' or private.attributes_are_valid(audience -> 'attributes'))
$$;

comment on column public.campaigns.audience is
  'who is meant: {"states": ["CA"], "status": "active", "customer_ids": ["…"], "tags": ["vip"], "attributes": {"plan": "gold"}}, each optional and all of them required; of tags one is enough; null: every active customer';

-- Launches a draft or scheduled campaign. Side effects: its recipients in campaign_messages, those
-- left out in campaign_skips, its counters, its status, its batches of 100 in the queue.
-- Raises PT404, PT409 or PT422 with a stable code as the message; then nothing has happened.
create or replace function private.launch_campaign(campaign_id uuid) returns public.campaigns
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

  -- One statement, so that everybody in the audience is either a recipient or left out for a
  -- reason. The ids are version 7 like private.uuid_v7(), written out because a call costs more
  -- than the row; in the order of the heap, so that both foreign keys are read from left to right.
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
  -- The message carries nothing: whoever listens looks at the queue.
  perform pg_notify('campaign_batches', '');

  update public.campaigns c
  set status = 'sending', launched_at = now(), skipped = left_out, failure_reason = null
  where c.id = campaign.id
  returning * into campaign;
  return campaign;
end
$$;
