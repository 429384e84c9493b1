-- Tests: a campaign's text to one number, so that somebody sees it on a phone before everybody does.
--
-- A test is a campaign of its own with one message, which has no customer. So the send workers treat it like every other:
-- there is no second path on which a text could go out twice, to a suppressed number, or faster than the sender's
-- rate. It differs in this: people see it only through the functions below; nobody is mailed about it; it is no
-- part of its owner's campaigns; and neither quiet hours nor missing consent stop it, because somebody holds the phone in
-- their hand. It does count in the owner's limits of the day, and goes only to the countries that they may text.

-- Every test that was ever accepted. Not the campaigns are counted for the limit: those go with the campaign that they
-- test. No triggers.
create table private.test_sends (
  test_id uuid primary key,
  campaign_id uuid not null,
  account_id uuid not null references public.user_profiles (id) on delete cascade,
  phone text not null check (char_length(phone) <= 64),
  sent_at timestamp with time zone not null
);
alter table private.test_sends enable row level security;
comment on column private.test_sends.account_id is 'who asked for it: the campaign''s owner, or an admin';
create index test_sends_account_id_idx on private.test_sends (account_id, sent_at);
grant select on private.test_sends to service_role;

-- One test as people see it: its message, and what became of it.
create function private.test_as_json(test_id uuid) returns json
language sql stable security definer
set search_path = ''
as $$
  select json_build_object(
    'id', c.id, 'campaign_id', c.test_of, 'message_id', m.id, 'to', m.phone_number, 'body', m.message_body,
    'status', m.status, 'reason', m.reason, 'error_code', m.error_code, 'error_message', m.error_message,
    'segments', m.segments, 'created_at', m.created_at, 'sent_at', m.sent_at, 'delivered_at', m.delivered_at
  )
  from public.campaigns c
  join public.campaign_messages m on m.campaign_id = c.id
  where c.id = test_as_json.test_id and c.test_of is not null
$$;

-- The values for the merge fields of a test: the named customer's of the campaign's owner, or those of the first recipient
-- of its audience; `{}` if it has none. Raises PT404 `customer_not_found`.
create function private.test_merge_values(campaign public.campaigns, customer_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  merge_values jsonb;
begin
  if customer_id is not null then
    select private.merge_values_of(c) into merge_values
    from public.customers c
    where c.id = test_merge_values.customer_id and c.user_id = campaign.user_id;
    if not found then
      raise exception using errcode = 'PT404', message = 'customer_not_found',
        detail = 'The owner of this campaign has no such customer.';
    end if;
  end if;
  if not private.has_merge_fields(campaign.message_body) then
    return null;
  end if;
  if customer_id is null then
    select r.merge_values into merge_values
    from private.recipients(campaign) r
    where r.left_out_for is null
    limit 1;
  end if;
  return coalesce(merge_values, '{}');
end
$$;

-- Sends one text to one number: as a campaign of its own, made from `campaign`, with one message that has no customer. Its
-- owner's limits are checked before. `quiet_group`: whose hours it waits for; null: none. Returns the message's id. Side
-- effects: the campaign, its message, range and lane; a row in private.launches; a notification `sending`.
create function private.send_alone(
  campaign public.campaigns, phone text, quiet_group text, merge_values jsonb, segments_each integer, moment timestamp with time zone
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  message constant uuid := private.uuid_v7();
begin
  insert into public.campaigns (
    id, user_id, name, message_body, status, launched_at, sender_id, quiet_hours, test_of, reply_to
  )
  values (
    campaign.id, campaign.user_id, campaign.name, campaign.message_body, 'sending', moment, campaign.sender_id,
    campaign.quiet_hours, campaign.test_of, campaign.reply_to
  );
  insert into public.campaign_messages (id, campaign_id, phone_number, message_body, merge_values, position)
  values (message, campaign.id, phone, case when merge_values is null then campaign.message_body end, merge_values, 1);
  insert into private.send_ranges (campaign_id, first, last, next, quiet_group, due_at)
  values (campaign.id, 1, 1, 1, quiet_group, moment);
  perform private.begin_sending(campaign.id, campaign.user_id, (private.sender_of(campaign)).id, 1, segments_each, moment);
  return message;
end
$$;

-- Sends a campaign's text to one number, whatever the campaign's status. For its owner, while they are approved, and for
-- admins; at most 20 an hour for each account. The merge field `phone` is that number; the others are the named
-- customer's, or the first recipient's. With a key, the same request within 24 hours sends nothing and returns the same test
-- again. Side effects: see private.made_before; a campaign with `test_of`, its message, range and lane; a row in
-- private.test_sends and in private.launches; a notification `sending`. Raises PT404, PT422 or PT429 with a stable code as
-- the message; then nothing has happened.
create function public.test_campaign(
  campaign_id uuid, phone text, customer_id uuid default null, idempotency_key text default null
) returns json
language plpgsql volatile security definer
set search_path = ''
set statement_timeout = '1min'
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(test_campaign.campaign_id);
  account uuid := coalesce(private.my_profile_id(), campaign.user_id);
  moment constant timestamp with time zone := private.clock();
  most_tests constant integer := 20;
  next_at timestamp with time zone;
  test constant uuid := private.uuid_v7();
  made_before constant uuid := private.made_before(
    account, test_campaign.idempotency_key,
    jsonb_build_object('tested', campaign.id, 'phone', test_campaign.phone, 'customer_id', test_campaign.customer_id), test
  );
  segments_each constant integer := private.segments(campaign.message_body);
  merge_values jsonb;
begin
  if made_before is not null then
    return private.test_as_json(made_before);
  end if;
  perform private.check_owner_is_approved(campaign.id);
  perform private.check_text(campaign.message_body);
  if coalesce(test_campaign.phone, '') !~ '^\+[1-9][0-9]{6,14}$' then
    raise exception using errcode = 'PT422', message = 'phone_invalid',
      detail = 'This is no phone number with its country code.', hint = 'Write it as +14155550100.';
  end if;
  if private.quiet_group(test_campaign.phone, null) is null then
    raise exception using errcode = 'PT422', message = 'phone_not_textable',
      detail = 'Numbers with this area code are never texted.';
  end if;
  if (private.country_of(test_campaign.phone) = any (private.allowed_countries(campaign))) is not true then
    raise exception using errcode = 'PT422', message = 'country_not_allowed',
      detail = 'The owner of this campaign may not text this country.';
  end if;
  perform private.restore_erased_suppressions(array[test_campaign.phone]);
  if not private.may_text(test_campaign.phone, campaign.user_id) then
    raise exception using errcode = 'PT422', message = 'phone_suppressed',
      detail = 'This number must not be texted: its holder has opted out, or it can''t be reached.';
  end if;

  -- One after another for each account, so that requests side by side are all counted.
  perform pg_advisory_xact_lock(hashtextextended('test_campaign' || account, 0));
  select s.sent_at + interval '1 hour' into next_at from private.test_sends s
  where s.account_id = account and s.sent_at > moment - interval '1 hour'
  order by s.sent_at desc
  offset most_tests - 1 limit 1;
  if found then
    raise exception using errcode = 'PT429', message = 'too_many_tests',
      detail = format('Only %s tests are sent in an hour.', most_tests),
      hint = format('Try again in %s minutes.', ceil(extract(epoch from next_at - moment) / 60));
  end if;

  perform private.check_daily_limits(campaign.user_id, 1, segments_each, moment);
  merge_values := private.test_merge_values(campaign, test_campaign.customer_id);
  insert into private.test_sends (test_id, campaign_id, account_id, phone, sent_at)
  values (test, campaign.id, account, test_campaign.phone, moment);
  campaign.test_of := campaign.id;
  campaign.id := test;
  campaign.quiet_hours := false;
  perform private.send_alone(campaign, test_campaign.phone, null, merge_values, segments_each, moment);
  return private.test_as_json(test);
end
$$;

-- What became of one test of a campaign. Raises PT404 `test_not_found`. Changes nothing.
create function public.get_test(campaign_id uuid, test_id uuid) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(get_test.campaign_id);
  test uuid;
begin
  select c.id into test from public.campaigns c where c.id = get_test.test_id and c.test_of = campaign.id;
  if not found then
    raise exception using errcode = 'PT404', message = 'test_not_found', detail = 'This campaign has no such test.';
  end if;
  return private.test_as_json(test);
end
$$;

-- The last 50 tests of a campaign, the newest first. Changes nothing.
create function public.list_tests(campaign_id uuid) returns json
language plpgsql stable security definer
set search_path = ''
as $$
declare
  campaign public.campaigns := private.campaign_of_caller(list_tests.campaign_id);
begin
  return (
    select coalesce(json_agg(private.test_as_json(t.id) order by t.created_at desc, t.id desc), '[]')
    from (
      select c.id, c.created_at from public.campaigns c
      where c.test_of = campaign.id
      order by c.created_at desc, c.id desc
      limit 50
    ) t
  );
end
$$;

grant execute on function
  public.test_campaign(uuid, text, uuid, text), public.get_test(uuid, uuid), public.list_tests(uuid)
  to authenticated, service_role;
