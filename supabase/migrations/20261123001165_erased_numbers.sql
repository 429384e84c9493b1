-- What is left of a person who was erased: a keyed hash of their number, with what had stopped texts to it. Nobody can
-- read the number off it; whoever brings the number in again finds it suppressed again. See private.erase_person.

-- The keys of the hashes, made here and known to nobody: without them, all ten thousand million numbers could be tried.
-- They are granted to nobody; a dump of the database has them. Each has 64 bytes, a block of SHA-256, with 488 bits of
-- chance. No triggers.
create table private.number_hash_key (
  only_row boolean primary key default true check (only_row),
  inner_key bytea not null,
  outer_key bytea not null
);
alter table private.number_hash_key enable row level security;
insert into private.number_hash_key (inner_key, outer_key)
select
  uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
  uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- `suppressions`: [{"user_id", "reason", "source", "since"}], those that held when the person was erased. A row goes when
-- its suppressions are restored. No triggers.
create table private.erased_numbers (
  phone_hash bytea primary key,
  suppressions jsonb not null default '[]',
  erased_at timestamp with time zone not null default now(),
  erased_by uuid,
  why text check (char_length(why) <= 1000)
);
alter table private.erased_numbers enable row level security;
comment on column private.erased_numbers.erased_by is 'a profile, without a foreign key: this outlives accounts';

-- The keyed hash of a number: SHA-256 twice, as HMAC does, with a key of its own each time. Granted to nobody, so that only
-- our functions tell whose hash it is.
create function private.phone_hash(phone text) returns bytea
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return (
    select sha256(k.outer_key || sha256(k.inner_key || convert_to(phone, 'UTF8'))) from private.number_hash_key k
  );
end
$$;

-- Suppresses again those of `phones` that were erased while they were suppressed, and returns how many there were. Costs
-- nothing while nobody is erased. Call it before a number is stored again: with a customer, an import, a test, a reply.
-- Side effects: rows in private.suppressions, with `restored` in their evidence; those of private.erased_numbers go.
create function private.restore_erased_suppressions(phones text[]) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  keys private.number_hash_key;
  restored integer;
  hash bytea;
begin
  if not exists (select from private.erased_numbers) then
    return 0;
  end if;
  if cardinality(phones) = 1 then
    -- As triggers ask for each row: no more than this.
    hash := private.phone_hash(phones[1]);
    if not exists (select from private.erased_numbers e where e.phone_hash = hash) then
      return 0;
    end if;
  end if;
  select * into keys from private.number_hash_key k;
  with wanted as materialized (
    -- What private.phone_hash does, without calling it for each.
    select p.phone, sha256(keys.outer_key || sha256(keys.inner_key || convert_to(p.phone, 'UTF8'))) as phone_hash
    from unnest(phones) p (phone)
    where p.phone is not null
  ),
  found as (
    -- In one order, so that two who bring the same numbers in wait for each other.
    select w.phone, e.phone_hash from private.erased_numbers e join wanted w on w.phone_hash = e.phone_hash
    order by w.phone
    for update of e
  ),
  gone as (
    delete from private.erased_numbers e using (select distinct * from found) f where e.phone_hash = f.phone_hash
    returning f.phone, e.suppressions, e.erased_at
  ),
  inserted as (
    insert into private.suppressions (phone, user_id, reason, since, source, evidence)
    select g.phone, (s ->> 'user_id')::uuid, s ->> 'reason', (s ->> 'since')::timestamp with time zone, s ->> 'source',
      jsonb_build_object('restored', true, 'erased_at', g.erased_at)
    from gone g cross join jsonb_array_elements(g.suppressions) s
    -- What an account said goes with the account.
    where s ->> 'user_id' is null or exists (select from public.user_profiles p where p.id = (s ->> 'user_id')::uuid)
    order by g.phone
    on conflict do nothing
  )
  select count(*) into restored from gone g where g.suppressions <> '[]';
  return restored;
end
$$;
grant execute on function private.restore_erased_suppressions(text[]) to service_role;
-- So that an import can tell that nobody is erased, and hash no number.
grant select (erased_at) on private.erased_numbers to service_role;
