-- Limits that all processes share. One row per key holds the time at which its bucket will be
-- full again (GCRA), so that a check is one statement. Keys are hashes: no address stands here.
create table private.rate_limits (
  key bytea primary key,
  full_at timestamp with time zone not null
);
create index rate_limits_full_at_idx on private.rate_limits (full_at);
alter table private.rate_limits enable row level security;

-- Takes one from the bucket of `key`, which holds `burst` and refills one every `refill`.
-- Null when there was one; otherwise how long to wait for the next.
create function private.take_from_bucket(key bytea, burst integer, refill interval) returns interval
language plpgsql volatile
set search_path = ''
as $$
declare
  at timestamp with time zone := clock_timestamp();
  full_again timestamp with time zone;
begin
  insert into private.rate_limits as l (key, full_at) values (take_from_bucket.key, at + refill)
  on conflict on constraint rate_limits_pkey do update
    set full_at = greatest(l.full_at, at) + refill
    where greatest(l.full_at, at) + refill <= at + burst * refill
  returning l.full_at into full_again;
  if full_again is not null then
    return null;
  end if;
  select l.full_at into full_again from private.rate_limits l where l.key = take_from_bucket.key;
  return greatest(full_again + refill - burst * refill - at, interval '1 second');
end
$$;
revoke all on function private.take_from_bucket(bytea, integer, interval) from public, anon, authenticated;

-- From where a person has signed in before: attempts of strangers don't count against them there.
create table private.known_addresses (
  account bytea not null,
  address bytea not null,
  seen_at timestamp with time zone not null default now(),
  primary key (account, address)
);
create index known_addresses_seen_at_idx on private.known_addresses (seen_at);
alter table private.known_addresses enable row level security;
