-- What people may do to a campaign's status. Launching is a function, and everything after it is
-- the send worker's. Holds for `authenticated`; functions and services run as somebody else.
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
    return old;
  end if;

  if tg_op = 'UPDATE' and old.status in ('sending', 'sent', 'failed') then
    if (new.status, new.message_body, new.audience, new.scheduled_at)
      is distinct from (old.status, old.message_body, old.audience, old.scheduled_at)
    then
      raise exception using errcode = 'PT409', message = 'campaign_already_launched',
        detail = format('This campaign is %s: only its name can still change.', old.status),
        hint = 'Create a new campaign.';
    end if;
    return new;
  end if;

  new.status := coalesce(new.status, 'draft');
  if new.status not in ('draft', 'scheduled') then
    raise exception using errcode = 'PT409', message = 'campaign_status_not_allowed',
      detail = format('Nobody can set the status %s.', new.status),
      hint = 'Set draft or scheduled, or launch the campaign.';
  end if;
  if new.status = 'scheduled' and new.scheduled_at is null then
    raise exception using errcode = 'PT422', message = 'scheduled_at_required',
      detail = 'A scheduled campaign needs the time when to send it.', hint = 'Set scheduled_at.';
  end if;
  if new.status = 'scheduled' and coalesce(new.message_body, '') !~ '\S' then
    raise exception using errcode = 'PT422', message = 'message_body_required',
      detail = 'A scheduled campaign needs a message.', hint = 'Set message_body.';
  end if;
  return new;
end
$$;
create trigger check_campaign_change before insert or update or delete on public.campaigns
  for each row execute function private.check_campaign_change();
