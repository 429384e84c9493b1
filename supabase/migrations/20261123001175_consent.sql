-- Consent: what a number's holder agreed to, and took back. An append-only ledger, in which the events of one number are
-- chained: each has a hash over itself and the one before, and the chain's head stands in a table of its own. So an event
-- that was changed, dropped or put in later is noticed, also the last one: see private.verify_consents.
--
-- Whether an account may text a number is private.may_text's to say, which knows suppressions; consent is asked besides,
-- where a campaign requires it. Whoever records a revocation also suppresses the number.

-- The last event of each number's chain. Locked, in the order of the numbers, by whoever appends. No triggers.
create table private.consent_heads (
  phone text primary key check (char_length(phone) <= 64),
  events integer not null,
  hash bytea not null
)
-- Each is updated right after it was made, and room in its page saves the index.
with (fillfactor = 60);
alter table private.consent_heads enable row level security;

-- `user_id` null: for every account, as START and STOP are. `user_id` and `recorded_by` are profiles, without foreign keys:
-- the ledger outlives accounts. Triggers, in whatever session_replication_role:
--   keep_consent_events (before update, delete, each row; before truncate): refuses all of them, except deletions of a
--     number that has been erased (private.erased_numbers).
create table private.consent_events (
  id bigint generated always as identity primary key,
  phone text not null check (char_length(phone) <= 64),
  sequence integer not null,
  user_id uuid,
  action text not null check (action in ('given', 'revoked')),
  happened_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  source text not null check (source in ('import', 'api', 'inbound', 'person', 'list')),
  evidence jsonb not null default '{}' check (pg_column_size(evidence) <= 65536),
  recorded_by uuid,
  hash bytea not null
);
alter table private.consent_events enable row level security;
comment on column private.consent_events.sequence is '1, 2, 3 … for each number';
comment on column private.consent_events.happened_at is 'when the holder said so; never later than recorded_at';
comment on column private.consent_events.hash is 'SHA-256 over the hash of the number''s event before, and this event: see private.consent_hash';
create unique index consent_events_phone_sequence_key on private.consent_events (phone, sequence);

grant select on private.consent_heads, private.consent_events to service_role;

create function private.keep_consent_events() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' and exists (select from private.erased_numbers e where e.phone_hash = private.phone_hash(old.phone)) then
    return old;
  end if;
  raise exception using errcode = '55000', message = 'consents_are_kept',
    detail = 'Events of consent are appended, never changed or deleted.', hint = 'Record what has changed as a new event.';
end
$$;
create trigger keep_consent_events before update or delete on private.consent_events
  for each row execute function private.keep_consent_events();
create trigger keep_all_consent_events before truncate on private.consent_events
  for each statement execute function private.keep_consent_events();
alter table private.consent_events enable always trigger keep_consent_events;
alter table private.consent_events enable always trigger keep_all_consent_events;

-- An event's hash: SHA-256 over the 32 bytes of the hash before (none for a number's first event) and the UTF-8 text of a
-- JSON array, as Postgres writes jsonb: [phone, sequence, user_id, action, microseconds of happened_at, microseconds of
-- recorded_at, source, evidence, recorded_by]. Anybody can compute it again from an export.
create function private.consent_hash(
  before bytea, phone text, sequence integer, user_id uuid, action text, happened_at timestamp with time zone,
  recorded_at timestamp with time zone, source text, evidence jsonb, recorded_by uuid
) returns bytea
language sql stable parallel safe
as $$
  select sha256(coalesce(before, '') || convert_to(
    jsonb_build_array(
      phone, sequence, user_id, action, (extract(epoch from happened_at) * 1000000)::bigint,
      (extract(epoch from recorded_at) * 1000000)::bigint, source, evidence, recorded_by
    )::text,
    'UTF8'
  ))
$$;

-- One event to record; `source` is import, api, inbound, person or list. Without `happened_at`: now.
create type private.new_consent as (
  phone text, action text, happened_at timestamp with time zone, source text, evidence jsonb
);

-- Appends events for one account, or (null) for all; each phone once for each call, up to 10,000. What is in the ledger
-- already, to the letter, is not repeated. What is said to have happened in the future happens now: it must not
-- outlast a later revocation. Returns how many were recorded. Side effects: rows in private.consent_events and
-- private.consent_heads, and nothing else: whoever records a revocation suppresses the number. Raises PT422
-- `consents_invalid` for more than 10,000, for a phone that comes twice, and where one is missing.
create function private.record_consents(user_id uuid, recorded_by uuid, consents private.new_consent[]) returns integer
language plpgsql volatile security definer
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  moment constant timestamp with time zone := clock_timestamp();
  phones text[];
  recorded integer;
begin
  if coalesce(cardinality(consents), 0) = 0 then
    return 0;
  end if;
  if cardinality(consents) > 10000
    or (select count(distinct n.phone) from unnest(consents) n) <> cardinality(consents)
  then
    raise exception using errcode = 'PT422', message = 'consents_invalid',
      detail = 'Up to 10,000 consents are recorded at once, each of another number.';
  end if;

  phones := array(select n.phone from unnest(consents) n order by n.phone);
  insert into private.consent_heads (phone, events, hash)
  select p.phone, 0, '' from unnest(phones) p (phone)
  on conflict (phone) do nothing;
  -- Locked first, and looked at in the next statement: what others appended meanwhile comes before.
  perform from private.consent_heads h where h.phone = any (phones) order by h.phone for no key update;
  -- One by one, by the index: a join might read all of a ledger that has grown since it was planned.
  with event as materialized (
    select n.phone, h.events + 1 as sequence, h.hash as before, n.action, n.source, coalesce(n.evidence, '{}') as evidence,
      least(coalesce(n.happened_at, moment), moment) as happened_at
    from unnest(consents) n
    cross join lateral (select k.events, k.hash from private.consent_heads k where k.phone = n.phone limit 1) h
    left join lateral (
      select true as is_known from private.consent_events e
      where e.phone = n.phone and e.user_id is not distinct from record_consents.user_id and e.action = n.action
        and e.source = n.source and e.evidence = coalesce(n.evidence, '{}') and e.happened_at = n.happened_at
      limit 1
    ) k on true
    where k.is_known is null
  ),
  inserted as (
    insert into private.consent_events (
      phone, sequence, user_id, action, happened_at, recorded_at, source, evidence, recorded_by, hash
    )
    select e.phone, e.sequence, record_consents.user_id, e.action, e.happened_at, moment, e.source, e.evidence,
      record_consents.recorded_by, private.consent_hash(
        e.before, e.phone, e.sequence, record_consents.user_id, e.action, e.happened_at, moment, e.source, e.evidence,
        record_consents.recorded_by
      )
    from event e
    returning phone, sequence, hash
  )
  update private.consent_heads h set events = i.sequence, hash = i.hash from inserted i where h.phone = i.phone;
  get diagnostics recorded = row_count;
  return recorded;
end
$$;

-- The numbers whose holders have agreed to texts of this account: of what concerns it, their last word is yes. Of two words
-- at one moment the no counts. What was said to an account that was handed over to this one counts too. Inlined into the queries that ask it, so without a `search_path` of its own.
create function private.numbers_with_consent(owner_id uuid) returns table (phone text)
language sql stable
as $$
  select w.phone
  from (
    select distinct on (e.phone) e.phone, e.action from private.consent_events e
    where e.user_id is null or e.user_id = owner_id
      or e.user_id in (select d.profile_id from private.deleted_accounts d where d.handed_over_to = owner_id)
    order by e.phone, e.happened_at desc, e.action desc, e.sequence desc
  ) w
  where w.action = 'given'
$$;

-- Whether the number's holder has agreed to texts of this account. That says nothing of suppressions: see private.may_text.
create function private.has_consent(phone text, user_id uuid) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (select from private.numbers_with_consent(has_consent.user_id) n where n.phone = has_consent.phone)
$$;

-- Checks every chain, and returns what is wrong: `changed` (an event's hash does not follow from it and the one before),
-- `missing` (an event before it is gone), `end_missing` (the last ones are gone), `head_missing`, `head_changed`. Numbers
-- appear as their keyed hash only. Changes nothing.
create function private.verify_consents() returns table (phone_hash text, event_id bigint, problem text)
language sql stable security definer
set search_path = ''
set work_mem = '64MB'
as $$
  with chained as (
    select e.id, e.phone, e.sequence, e.hash,
      lag(e.sequence, 1, 0) over w as sequence_before,
      e.hash is distinct from private.consent_hash(
        lag(e.hash) over w, e.phone, e.sequence, e.user_id, e.action, e.happened_at, e.recorded_at, e.source, e.evidence,
        e.recorded_by
      ) as is_changed,
      lead(e.id) over w is null as is_last
    from private.consent_events e
    window w as (partition by e.phone order by e.sequence)
  ),
  found (phone, event_id, problem) as (
    select c.phone, c.id, case when c.sequence <> c.sequence_before + 1 then 'missing' else 'changed' end
    from chained c
    where c.sequence <> c.sequence_before + 1 or c.is_changed
    union all
    select coalesce(c.phone, h.phone), c.id, case
      when h.phone is null then 'head_missing'
      when c.id is null or h.events > c.sequence then 'end_missing'
      else 'head_changed'
    end
    from (select * from chained where is_last) c full join private.consent_heads h on h.phone = c.phone
    where (h.events, h.hash) is distinct from (coalesce(c.sequence, 0), coalesce(c.hash, ''))
  )
  select encode(private.phone_hash(f.phone), 'hex'), f.event_id, f.problem from found f order by 1, 2, 3
$$;

grant execute on function
  private.record_consents(uuid, uuid, private.new_consent[]), private.numbers_with_consent(uuid),
  private.has_consent(text, uuid), private.verify_consents()
  to service_role;
