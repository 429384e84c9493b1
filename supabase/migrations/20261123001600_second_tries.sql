-- What people decide about single messages: trying again those that failed for a reason that passes, and settling
-- those of which nobody knows whether Twilio has them.

-- Tries the failed messages of a campaign again whose failure was temporary, each at most twice. Side effects: they are
-- pending again and among the retries, those that met the limit of Twilio's day for its next day; their earlier sid is kept in private.message_attempts, so that its late
-- callbacks settle nothing; the campaign is being sent again. Raises PT409 `nothing_to_retry`.
create function public.retry_failed_messages(campaign_id uuid) returns public.campaigns
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '1min'
as $$
#variable_conflict use_column
declare
  campaign public.campaigns := private.campaign_of_caller(campaign_id);
  moment constant timestamp with time zone := private.clock();
  retried uuid[];
begin
  if campaign.status not in ('sending', 'sent', 'failed') or campaign.launched_at is null then
    raise exception using errcode = 'PT409', message = 'campaign_not_running',
      detail = format('This campaign is %s: nothing of it can be tried again.', campaign.status);
  end if;
  perform private.check_owner_is_approved(campaign.id);
  -- The lane first, as everybody locks them.
  perform from private.send_lanes l where l.campaign_id = campaign.id for no key update;
  perform from private.send_claims c where c.campaign_id = campaign.id order by c.id for update;
  with tried as (
    select m.id, m.campaign_id, m.position, m.twilio_sid, m.reason, m.error_code, c.phone, c.state
    from public.campaign_messages m join public.customers c on c.id = m.customer_id
    where m.campaign_id = campaign.id and m.status = 'failed' and m.retries < 2
      and m.reason in ('handset_off', 'carrier_unknown', 'congestion', 'undelivered', 'daily_limit', 'quiet_hours')
    order by m.id
    limit 50000
    for no key update of m
  ),
  kept as (
    insert into private.message_attempts (sid, message_id, reason, error_code)
    select t.twilio_sid, t.id, coalesce(t.reason, 'failed'), t.error_code from tried t where t.twilio_sid is not null
    on conflict do nothing
  ),
  work as (
    insert into private.send_retries (campaign_id, position, quiet_group, due_at)
    select t.campaign_id, t.position, private.quiet_group_of_retry(campaign.quiet_hours, t.phone, t.state),
      -- Carriers count by the day of the Pacific coast.
      case
        when t.reason = 'daily_limit'
          then (date_trunc('day', moment at time zone 'America/Los_Angeles') + interval '1 day') at time zone 'America/Los_Angeles'
        else moment
      end
    from tried t
    on conflict on constraint send_retries_pkey do nothing
  ),
  -- A callback may have failed one whose claim is not over.
  unclaimed as (
    update private.send_claims c
    set positions = array(select unnest(c.positions) except select t.position from tried t order by 1),
      not_found = array(select unnest(c.not_found) except select t.position from tried t)
    where c.campaign_id = campaign.id and c.positions && (select array_agg(t.position) from tried t)
  ),
  changed as (
    update public.campaign_messages m
    set status = 'pending', retries = m.retries + 1, twilio_sid = null, sent_at = null, reason = null, error_code = null,
      error_message = null, updated_at = now()
    from tried t
    where m.id = t.id
    returning m.id
  )
  select array_agg(c.id) into retried from changed c;
  if retried is null then
    raise exception using errcode = 'PT409', message = 'nothing_to_retry',
      detail = 'None of this campaign''s messages has failed for a reason that passes, and less than twice.';
  end if;
  update private.send_lanes l set due_at = least(l.due_at, moment) where l.campaign_id = campaign.id;
  update public.campaigns c
  set status = 'sending', failure_reason = null
  where c.id = campaign.id and c.status in ('sending', 'sent', 'failed')
  returning * into campaign;
  perform pg_notify('sending', '');
  return campaign;
end
$$;

-- Settles a message in doubt, by a person who has looked at Twilio's console: `outcome` is sent, failed or retry (Twilio
-- does not have it). Raises PT404 `message_not_found`, PT409 `message_not_in_doubt`, PT422 `outcome_invalid`.
create function public.resolve_message(message_id uuid, outcome text) returns public.campaign_messages
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  message public.campaign_messages;
  claim private.send_claims;
  owner uuid;
begin
  select * into message from public.campaign_messages m where m.id = message_id;
  if not found then
    raise exception using errcode = 'PT404', message = 'message_not_found', detail = 'There is no such message.';
  end if;
  owner := (private.campaign_of_caller(message.campaign_id)).user_id;
  if outcome is null or outcome not in ('sent', 'failed', 'retry') then
    raise exception using errcode = 'PT422', message = 'outcome_invalid',
      detail = 'A message in doubt was sent, has failed, or is to be tried again.', hint = 'Say sent, failed or retry.';
  end if;
  perform from private.send_lanes l where l.campaign_id = message.campaign_id for no key update;
  select * into claim from private.send_claims c
  where c.campaign_id = message.campaign_id and message.position = any (c.positions)
  for update;
  select * into message from public.campaign_messages m where m.id = message_id for no key update;
  if message.status <> 'pending' or message.in_doubt_since is null then
    raise exception using errcode = 'PT409', message = 'message_not_in_doubt',
      detail = 'This message has an outcome, or is being sent right now.';
  end if;
  if outcome = 'retry' then
    perform private.add_retry(message.campaign_id, message.position, claim.quiet_group);
    perform pg_notify('sending', '');
  end if;
  update public.campaign_messages m
  set status = case outcome when 'retry' then 'pending' else outcome end,
    sent_at = case when outcome = 'sent' then coalesce(m.sent_at, private.clock()) else m.sent_at end,
    reason = case outcome when 'failed' then 'outcome_unknown' end,
    error_message = case outcome when 'failed' then 'A person has decided that this message did not go out.' end,
    in_doubt_since = null, updated_at = now()
  where m.id = message.id
  returning * into message;
  if outcome = 'sent' then
    perform private.tally_sent(message.campaign_id);
  end if;
  update private.send_claims c set positions = array_remove(c.positions, message.position) where c.id = claim.id;
  -- A trigger on messages would cost all of them.
  if private.acts_on_others(private.acting(), owner) then
    perform private.append_to_audit_log(
      private.acting(), 'message.resolved', 'public.campaign_messages', message.id::text, owner, 1, null,
      jsonb_build_object('outcome', outcome)
    );
  end if;
  return message;
end
$$;

grant execute on function public.retry_failed_messages(uuid), public.resolve_message(uuid, text) to authenticated, service_role;
