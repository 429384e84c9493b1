-- What people do to a campaign: send, pause, resume, cancel, duplicate, preview. Each is a function for its
-- owner, admins and services, by PostgREST and by our API. All raise PT404 `campaign_not_found` to others,
-- and PT409 or PT422 with a stable code as the message.

-- The campaign, if the caller may act on it. A test is none: it ends by itself.
create function private.campaign_of_caller(campaign_id uuid) returns public.campaigns
language plpgsql stable security definer
set search_path = ''
as $$
declare
  campaign public.campaigns;
begin
  select * into campaign from public.campaigns c
  where c.id = campaign_of_caller.campaign_id and c.test_of is null and c.reply_to is null and (
    current_setting('role') in ('service_role', 'none') or private.is_admin() or c.user_id = private.my_profile_id()
  );
  if not found then
    raise exception using errcode = 'PT404', message = 'campaign_not_found', detail = 'There is no such campaign.';
  end if;
  return campaign;
end
$$;

-- Sends a draft or scheduled campaign: at `send_at`, or now. With neither, now, unless it has a time to come:
-- then nothing is sent without `send_now`. See private.launch_campaign.
create function public.send_campaign(
  campaign_id uuid,
  send_at timestamp with time zone default null,
  send_now boolean default null,
  expected_recipients integer default null
) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
  recipients integer;
begin
  if send_at is not null and send_now then
    raise exception using errcode = 'PT422', message = 'send_at_and_now',
      detail = 'A campaign is sent now or at a time, not both.';
  end if;
  if send_at is null then
    if send_now is not true and campaign.status in ('draft', 'scheduled') and campaign.scheduled_at > private.clock() then
      raise exception using errcode = 'PT409', message = 'campaign_has_schedule',
        detail = format('This campaign has a time to come: %s.', campaign.scheduled_at),
        hint = 'Say {"now": true} to send it now, or schedule it.';
    end if;
    return private.launch_campaign(campaign_id, expected_recipients);
  end if;

  select * into campaign from public.campaigns c where c.id = campaign.id for no key update;
  if campaign.status not in ('draft', 'scheduled') then
    raise exception using errcode = 'PT409', message = 'campaign_already_launched',
      detail = format('This campaign is %s.', campaign.status), hint = 'Duplicate it, or create a new one.';
  end if;
  perform private.check_schedule(send_at, campaign.message_body);
  perform private.check_owner_is_approved(campaign.id);
  if expected_recipients is not null then
    select count(*) into recipients from private.recipients(campaign) r where r.left_out_for is null;
    perform private.check_recipients(recipients, expected_recipients);
  end if;
  update public.campaigns c
  set status = 'scheduled', scheduled_at = send_at, failure_reason = null, launch_after = null
  where c.id = campaign.id
  returning * into campaign;
  return campaign;
end
$$;

-- Deletes a campaign with its messages as its caller, for which a plain delete has too little time where they are hundreds
-- of thousands. Returns it. Raises PT404 `campaign_not_found`, PT409 `campaign_sending`.
create function public.delete_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile
set search_path = ''
set statement_timeout = '5min'
as $$
declare
  campaign public.campaigns;
begin
  delete from public.campaigns c where c.id = delete_campaign.campaign_id returning * into campaign;
  if not found then
    raise exception using errcode = 'PT404', message = 'campaign_not_found', detail = 'There is no such campaign.';
  end if;
  return campaign;
end
$$;

-- Launches a campaign now; what send_campaign does with `send_now`.
create function public.launch_campaign(campaign_id uuid) returns public.campaigns
language sql volatile security definer
set search_path = ''
set statement_timeout = '5min'
as $$
  select public.send_campaign(launch_campaign.campaign_id, send_now => true)
$$;

-- Pauses a campaign that is scheduled or being sent: no message is claimed any more. What Twilio has been
-- given, it has. Only the status changes, so this never waits for the workers.
create function public.pause_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
begin
  update public.campaigns c
  set status = 'paused', paused_at = private.clock(),
    pause_reason = case when c.user_id is not distinct from private.my_profile_id() then 'owner' else 'admin' end
  where c.id = campaign.id and c.status in ('scheduled', 'sending')
  returning * into campaign;
  if not found then
    raise exception using errcode = 'PT409', message = 'campaign_not_running',
      detail = 'Only a campaign that is scheduled or being sent can be paused.';
  end if;
  return campaign;
end
$$;

-- Resumes a paused campaign: it is scheduled again or being sent again. The breaker counts from here. Only an
-- admin resumes what an admin has paused. A schedule needs what it needs when it is set: nobody is texted hours late
-- because a pause outlasted it.
create function public.resume_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
  lowest double precision;
begin
  if campaign.status <> 'paused' then
    raise exception using errcode = 'PT409', message = 'campaign_not_paused',
      detail = format('This campaign is %s.', campaign.status);
  end if;
  if campaign.pause_reason = 'admin' and current_setting('role') = 'authenticated' and not private.is_admin() then
    raise exception using errcode = 'PT409', message = 'campaign_paused_by_admin',
      detail = 'An admin has paused this campaign.', hint = 'Ask an admin to resume it.';
  end if;
  perform private.check_owner_is_approved(campaign.id);
  if campaign.launched_at is null and campaign.scheduled_at is not null then
    perform private.check_schedule(campaign.scheduled_at, campaign.message_body);
  end if;
  -- The lane before the campaign, as everybody locks them.
  select min(l.served) into lowest from private.send_lanes l
  where l.due_at < 'infinity' and l.sender_id = (select o.sender_id from private.send_lanes o where o.campaign_id = campaign.id)
    and l.campaign_id <> campaign.id;
  update private.send_lanes l
  set due_at = private.clock(), served = greatest(l.served, lowest)
  where l.campaign_id = campaign.id;
  update public.campaigns c
  set status = case
      when c.launched_at is not null then 'sending'
      when c.scheduled_at is not null then 'scheduled'
      else 'draft'
    end,
    paused_at = null, pause_reason = null,
    judged_before = jsonb_build_object(
      'judged', c.total_recipients - c.pending_count - c.skipped_count, 'failed', c.failed_count - c.skipped_count,
      'filtered', c.filtered_count, 'unregistered', c.unregistered_count, 'opted_out', c.opted_out_count
    )
  where c.id = campaign.id and c.status = 'paused'
  returning * into campaign;
  if not found then
    raise exception using errcode = 'PT409', message = 'campaign_not_paused', detail = 'This campaign is not paused any more.';
  end if;
  perform pg_notify('sending', '');
  return campaign;
end
$$;

-- Cancels a campaign for good. Messages that no worker has claimed become failed, with the reason
-- `campaign_canceled`; the send workers see to that some thousand at a time.
create function public.cancel_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
begin
  update public.campaigns c
  set status = 'canceled', canceled_at = private.clock()
  where c.id = campaign.id and c.status in ('scheduled', 'sending', 'paused')
  returning * into campaign;
  if not found then
    raise exception using errcode = 'PT409', message = 'campaign_not_running',
      detail = 'Only a campaign that is scheduled, being sent or paused can be canceled.';
  end if;
  perform pg_notify('sending', '');
  return campaign;
end
$$;

-- A draft with the same text, audience and settings, of the same owner. Only an admin's copy goes without quiet hours: an
-- admin allowed it for the text and the audience that it had.
create function public.duplicate_campaign(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
begin
  insert into public.campaigns (user_id, name, message_body, audience, sender_id, requires_consent, template_id, quiet_hours)
  values (
    campaign.user_id, left(campaign.name, 192) || ' (copy)', campaign.message_body, campaign.audience,
    campaign.sender_id, campaign.requires_consent, campaign.template_id, campaign.quiet_hours or (current_setting('role') = 'authenticated' and not private.is_admin())
  )
  returning * into campaign;
  return campaign;
end
$$;

-- What a launch would do now: how many recipients, who is left out, when texts may go out, ten recipients with
-- their merge values, the sender's rate, what it costs, and the owner's limits: of each its value (null: unlimited), what
-- is used of it today, what this campaign needs, and whether that is too much. Changes nothing.
create function public.preview_campaign(campaign_id uuid) returns json
language plpgsql stable security definer
set search_path = ''
set statement_timeout = '1min'
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
  result json;
begin
  with audience as materialized (
    select * from private.recipients(campaign)
  ),
  groups as (
    select a.quiet_group, count(*) as recipients from audience a where a.left_out_for is null group by a.quiet_group
  ),
  limits as (
    select d.* from private.daily_limits(
      campaign.user_id, (select coalesce(sum(g.recipients), 0)::bigint from groups g), private.segments(campaign.message_body),
      private.clock()
    ) d
  ),
  windows as (
    select g.recipients, w.opens_at, w.closes_at
    from groups g
    left join lateral private.window_of(g.quiet_group, private.clock()) w on g.quiet_group is not null
  )
  select json_build_object(
    'recipients', (select coalesce(sum(g.recipients), 0) from groups g),
    'left_out', (
      select coalesce(json_object_agg(l.left_out_for, l.n), '{}')
      from (select a.left_out_for, count(*) as n from audience a where a.left_out_for is not null group by 1) l
    ),
    'may_go_now', (select coalesce(sum(w.recipients), 0) from windows w where w.opens_at is null or w.opens_at <= private.clock()),
    'waiting', (
      select coalesce(json_agg(json_build_object('until', w.opens_at, 'recipients', w.n) order by w.opens_at), '[]')
      from (
        select w.opens_at, sum(w.recipients) as n from windows w where w.opens_at > private.clock() group by w.opens_at
      ) w
    ),
    'text_problem', private.text_problem(campaign.message_body),
    'segments', (select l.needed from limits l where l.name = 'segments_per_day'),
    'cost', (select l.needed from limits l where l.name = 'cost_per_day'),
    'limits', (
      select json_object_agg(l.name, json_build_object('value', l.value, 'used', l.used, 'needed', l.needed, 'exceeded', l.exceeded))
      from limits l
    ),
    'countries', private.allowed_countries(campaign),
    'segments_per_second', (private.sender_of(campaign)).segments_per_second,
    'examples', (
      select coalesce(json_agg(coalesce(e.merge_values, '{}') || jsonb_build_object('phone', e.phone)), '[]')
      from (select * from audience a where a.left_out_for is null limit 10) e
    )
  ) into result;
  return result;
end
$$;

grant execute on function
  public.send_campaign(uuid, timestamp with time zone, boolean, integer), public.launch_campaign(uuid), public.delete_campaign(uuid),
  public.pause_campaign(uuid), public.resume_campaign(uuid), public.cancel_campaign(uuid),
  public.duplicate_campaign(uuid), public.preview_campaign(uuid)
  to authenticated, service_role;
