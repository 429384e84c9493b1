-- Campaigns: their audience, what users may change, how they end, and the mail to the owner. Their
-- messages and counters, the launch and the sending are in the files that follow.

-- A campaign's audience. `{}` and null mean every active customer of the owner. Unknown keys are
-- refused, so that a misspelt filter never widens an audience. A customer must have at least one of
-- `tags`, and all of `attributes`.
create function private.audience_is_valid(audience jsonb) returns boolean
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
grant execute on function private.audience_is_valid(jsonb) to authenticated, service_role;

-- The specification's columns first, then ours.
--
-- Triggers before the write, for each row, in the order in which they run:
--   check_campaign_change (insert, update, delete): acts only for people (`authenticated`). Sets the status
--     to draft if it is null. Refuses every status but draft and scheduled, a schedule without a time or a
--     text, changes other than the name after the launch, and deleting while it is being sent.
--   end_campaign (update that leaves it `sending` with nothing pending): sets status and sent_at, or status and
--     failure_reason.
--   own_new_row (insert without user_id): sets user_id to the caller's profile.
--   touch_updated_at (update): sets updated_at.
-- And after it:
--   mail_finished_campaign (update that makes it sent or failed, each row): queues a mail to the owner in
--     private.mails.
create table public.campaigns (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.user_profiles (id) on delete cascade,
  name text not null,
  message_body text,
  status text default 'draft' check (status in ('draft', 'scheduled', 'sending', 'sent', 'failed')),
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
  -- One line that is not blank; the limits are those of `Label` in the crate `domain`.
  constraint campaigns_name_check check (char_length(name) <= 200 and name ~ '[^ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]'),
  constraint campaigns_name_characters_check check (name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]')
);
comment on column public.campaigns.audience is
  'who is meant: {"states": ["CA"], "status": "active", "customer_ids": ["…"], "tags": ["vip"], "attributes": {"plan": "gold"}}, each optional and all of them required; of tags one is enough; null: every active customer';
comment on column public.campaigns.failure_reason is 'a stable code, set when status becomes failed';
comment on column public.campaigns.skipped is 'customers of the audience left out at launch, counted by reason';
comment on column public.campaigns.pending_count is 'messages whose outcome is not known yet; kept by trigger like the other counters';
create index campaigns_user_id_created_at_idx on public.campaigns (user_id, created_at desc, id);
create index campaigns_due_idx on public.campaigns (scheduled_at) where status = 'scheduled';
create index campaigns_sending_idx on public.campaigns (id) where status = 'sending';

create trigger own_new_row before insert on public.campaigns
  for each row when (new.user_id is null) execute function private.own_new_row();
create trigger touch_updated_at before update on public.campaigns
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();

-- What people may do to a campaign. Launching is a function, and everything after it is the send
-- workers'. Functions and services run as another role than `authenticated` and are not checked.
-- Raises PT409 or PT422 with a stable code as the message.
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

-- A campaign ends when nothing is pending: as `sent`, or as `failed` if nothing could be sent.
create function private.end_campaign() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.sent_count > 0 then
    new.status := 'sent';
    new.sent_at := now();
  else
    new.status := 'failed';
    new.failure_reason := coalesce(new.failure_reason, 'nothing_sent');
  end if;
  return new;
end
$$;
create trigger end_campaign before update on public.campaigns
  for each row when (old.status = 'sending' and new.status = 'sending' and new.pending_count = 0)
  execute function private.end_campaign();

-- Tells the owner that a campaign has ended, with the counters of that moment, if they are approved.
-- Side effect: a row in private.mails.
create function private.mail_finished_campaign() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.queue_mail(
    'campaign_finished',
    (
      select u.email from public.user_profiles p join auth.users u on u.id = p.user_id
      where p.id = new.user_id and p.status = 'approved'
    ),
    jsonb_build_object(
      'campaign_id', new.id,
      'name', new.name,
      'status', new.status,
      'total_recipients', new.total_recipients,
      'sent_count', new.sent_count,
      'delivered_count', new.delivered_count,
      'failed_count', new.failed_count
    )
  );
  return null;
end
$$;
-- Not `of status`: the update that ends a campaign names its counters, and a trigger sets the status.
create trigger mail_finished_campaign after update on public.campaigns
  for each row when (new.status in ('sent', 'failed') and old.status is distinct from new.status)
  execute function private.mail_finished_campaign();

-- The owner's, and every admin's. Owner, counters, and what the workers set are not theirs to write.
alter table public.campaigns enable row level security;
create policy read_own_campaigns on public.campaigns for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy insert_own_campaigns on public.campaigns for insert to authenticated
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy update_own_campaigns on public.campaigns for update to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()))
  with check (user_id = (select private.my_profile_id()) or (select private.is_admin()));
create policy delete_own_campaigns on public.campaigns for delete to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
grant select, delete on public.campaigns to authenticated;
grant insert (id, user_id, name, message_body, status, scheduled_at, audience) on public.campaigns to authenticated;
grant update (name, message_body, status, scheduled_at, audience) on public.campaigns to authenticated;
grant select, insert, update, delete on public.campaigns to service_role;

-- The frontend subscribes to changes.
alter publication supabase_realtime add table public.campaigns;
