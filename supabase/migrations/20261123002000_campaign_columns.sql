-- What sending needs to remember beyond the specification's columns. All of it is added, none changed.

-- `{}` or null: every active customer of the owner. Unknown keys are refused, so that a
-- misspelt filter never widens an audience.
create function private.audience_is_valid(audience jsonb) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select jsonb_typeof(audience) = 'object'
    and audience - array['states', 'status', 'customer_ids'] = '{}'::jsonb
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
$$;
grant execute on function private.audience_is_valid(jsonb) to authenticated, service_role;

alter table public.campaigns
  add column audience jsonb constraint campaigns_audience_check check (private.audience_is_valid(audience)),
  add column launched_at timestamp with time zone,
  add column failure_reason text,
  add column skipped jsonb not null default '{}',
  add column pending_count integer not null default 0;
comment on column public.campaigns.audience is
  'who is meant: {"states": ["CA"], "status": "active", "customer_ids": ["…"]}, each optional and all of them required; null: every active customer';
comment on column public.campaigns.failure_reason is 'a stable code, set when status becomes failed';
comment on column public.campaigns.skipped is 'customers of the audience left out at launch, counted by reason';
comment on column public.campaigns.pending_count is 'messages whose outcome is not known yet; kept by trigger like the other counters';

grant insert (audience), update (audience) on public.campaigns to authenticated;

create index campaigns_due_idx on public.campaigns (scheduled_at) where status = 'scheduled';
create index campaigns_sending_idx on public.campaigns (id) where status = 'sending';

alter table public.campaign_messages
  add column position integer,
  add column attempted_at timestamp with time zone,
  add column attempts integer not null default 0,
  add column segments smallint,
  add column error_code integer;
comment on column public.campaign_messages.position is '1 to total_recipients as launched; a batch is a range of these';
comment on column public.campaign_messages.attempted_at is
  'when a worker claimed the message; claimed and still pending for long means that nobody knows whether Twilio has it';
comment on column public.campaign_messages.error_code is 'Twilio''s, where the failure is Twilio''s';

-- Leads with campaign_id and so serves the foreign key as well.
create unique index campaign_messages_campaign_id_position_key on public.campaign_messages (campaign_id, position);
drop index public.campaign_messages_campaign_id_idx;

-- Every customer of the audience that a launch left out, and why.
create table public.campaign_skips (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  customer_id uuid not null references public.customers (id) on delete cascade,
  reason text not null check (reason in ('inactive', 'invalid_phone')),
  primary key (campaign_id, customer_id)
);
create index campaign_skips_customer_id_idx on public.campaign_skips (customer_id);
alter table public.campaign_skips enable row level security;
create policy read_own_campaign_skips on public.campaign_skips for select to authenticated
  using (
    campaign_id in (select c.id from public.campaigns c where c.user_id = (select private.my_profile_id()))
    or (select private.is_admin())
  );
grant select on public.campaign_skips to authenticated;
grant select, insert, update, delete on public.campaign_skips to service_role;
