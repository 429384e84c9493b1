-- What people text to us, and what their owners answer. Nothing here refers to `customers`: the check behind a foreign key
-- would let an import or a deletion delay somebody's STOP. Readers find the customer by the number.

-- One row for each number and account; the owner is whose customer the number is, or who texted it last.
--
-- Triggers: touch_updated_at (update): sets updated_at.
create table public.conversations (
  id uuid primary key default private.uuid_v7(),
  user_id uuid,
  phone text not null check (char_length(phone) <= 64),
  our_number text check (char_length(our_number) <= 64),
  sender_id uuid references private.senders (id) on delete set null,
  last_message_at timestamp with time zone not null,
  last_inbound_at timestamp with time zone not null,
  unread_count integer not null default 0,
  needs_review boolean not null default false,
  review_by timestamp with time zone,
  reviewed_at timestamp with time zone,
  reviewed_by uuid,
  revoked boolean,
  review_note text check (char_length(review_note) <= 1000),
  closed_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint conversations_phone_key unique nulls not distinct (phone, user_id)
);
comment on column public.conversations.user_id is
  'the owner''s profile, without a foreign key, so that an account''s deletion delays no STOP; null: only admins see it';
comment on column public.conversations.our_number is 'the number that they texted last; sender_id is what answers come from';
comment on column public.conversations.needs_review is 'its words probably revoke consent: a person decides until review_by, and nobody is texted';
comment on column public.conversations.review_by is 'the law''s ten business days after the words';
comment on column public.conversations.revoked is 'what the last review decided';
comment on column public.conversations.closed_at is 'nothing is left to do; the next message opens it again';
create index conversations_user_id_idx on public.conversations (user_id, last_message_at desc, id desc);
-- For admins, who see all of them.
create index conversations_last_message_at_idx on public.conversations (last_message_at desc, id desc);
create index conversations_needs_review_idx on public.conversations (review_by) where needs_review;
create index conversations_sender_id_idx on public.conversations (sender_id) where sender_id is not null;
create trigger touch_updated_at before update on public.conversations
  for each row when (new.updated_at is not distinct from old.updated_at) execute function private.touch_updated_at();

-- Every message of a conversation, STOP and its like too. An answer of its owner (`out`) is sent as a message of a hidden
-- campaign, which knows what became of it. No triggers.
create table public.conversation_messages (
  id uuid primary key default private.uuid_v7(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  direction text not null check (direction in ('in', 'out')),
  body text not null check (char_length(body) <= 1600),
  twilio_sid text check (char_length(twilio_sid) <= 64),
  num_media integer not null default 0,
  keyword text check (keyword in ('stop', 'start', 'help', 'likely_revocation', 'other')),
  answer text,
  message_id uuid,
  sent_by uuid,
  created_at timestamp with time zone not null default now(),
  campaign_id uuid
);
comment on column public.conversation_messages.campaign_id is
  'of an inbound message: the campaign that texted the number last, within 30 days; null: none';
comment on column public.conversation_messages.keyword is 'of an inbound message: what it asked for, as we understood it';
comment on column public.conversation_messages.answer is 'what was answered automatically; null: nothing, or Twilio answered itself';
comment on column public.conversation_messages.message_id is 'of an answer: its message, of a hidden campaign';
comment on column public.conversation_messages.sent_by is 'of an answer: who wrote it; where a service did, the owner';
-- Twilio repeats what was not answered in time.
create unique index conversation_messages_twilio_sid_key on public.conversation_messages (twilio_sid) where twilio_sid is not null;
create index conversation_messages_conversation_id_idx on public.conversation_messages (conversation_id, created_at, id);
-- Holds all that the analytics of a campaign ask for.
create index conversation_messages_campaign_id_idx on public.conversation_messages (campaign_id, keyword, conversation_id)
  where campaign_id is not null;
create index conversation_messages_sent_by_idx on public.conversation_messages (sent_by, created_at) where direction = 'out';

-- Owners read theirs, admins all; nobody writes but the functions.
alter table public.conversations enable row level security;
create policy read_own_conversations on public.conversations for select to authenticated
  using (user_id = (select private.my_profile_id()) or (select private.is_admin()));
grant select on public.conversations to authenticated;
grant select on public.conversations to service_role;
alter table public.conversation_messages enable row level security;
create policy read_own_conversation_messages on public.conversation_messages for select to authenticated
  -- Here the policies of conversations apply.
  using (conversation_id in (select c.id from public.conversations c));
grant select on public.conversation_messages to authenticated;
grant select on public.conversation_messages to service_role;

-- An answer to a person is a campaign with one message, hidden as a test is: see public.reply_to_conversation.
alter table public.campaigns
  add constraint campaigns_reply_to_fkey foreign key (reply_to) references public.conversations (id) on delete cascade;
create index campaigns_reply_to_idx on public.campaigns (reply_to) where reply_to is not null;

-- Whose conversation a number's messages belong to: whose customer it is, or else who texted it last; null if nobody.
create function private.owner_of_number(phone text) returns uuid
language sql stable security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
  select p.id
  from public.user_profiles p
  where p.id = coalesce(
    (select c.user_id from public.customers c where c.phone = owner_of_number.phone),
    (
      select t.owner_id
      from (
        select a.owner_id, coalesce(a.sent_at, a.claimed_at) as at from private.message_archive a
        where a.phone_number = owner_of_number.phone and a.owner_id is not null
        union all
        -- Tests and answers, which have no customer.
        select k.user_id, m.created_at
        from public.campaign_messages m join public.campaigns k on k.id = m.campaign_id
        where m.phone_number = owner_of_number.phone and m.customer_id is null
      ) t
      order by t.at desc nulls last
      limit 1
    )
  )
$$;

-- The campaign of `owner` that a number's message probably answers: the last that texted it, within 30 days; null for none.
create function private.campaign_answered(phone text, owner uuid, moment timestamp with time zone) returns uuid
language sql stable security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
  select m.campaign_id
  from public.customers c
  join public.campaign_messages m on m.customer_id = c.id
  join public.campaigns k on k.id = m.campaign_id
  where c.phone = campaign_answered.phone and k.user_id = owner
    and m.sent_at between moment - interval '30 days' and moment
  order by m.sent_at desc
  limit 1
$$;

-- So many business days (Monday to Friday, UTC) after a moment.
create function private.business_days_after(moment timestamp with time zone, days integer) returns timestamp with time zone
language sql immutable
set search_path = ''
as $$
  select (moment at time zone 'UTC' + make_interval(days => d)) at time zone 'UTC'
  from generate_series(1, 7 * (days / 5 + 1)) d
  where extract(isodow from moment at time zone 'UTC' + make_interval(days => d)) < 6
  order by d
  offset days - 1
  limit 1
$$;
