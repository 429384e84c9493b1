-- Notes where the ids of the $4 customers lie that import $1 inserted for $2, all of them behind the prefix $3; and,
-- where no trigger has done it ($5), that they wait for the search and count in the analytics.
-- Side effect: rows of private.customer_import_ids, private.account_tallies and private.customer_search_backlog.
with ids as (
  select ($3 || '10000001')::uuid as first, ($3 || to_hex(268435456 + $4))::uuid as last
),
noted as (
  insert into private.customer_import_ids (import_id, first_id, last_id)
  select $1, i.first, i.last from ids i
  on conflict (import_id) do update set first_id = excluded.first_id, last_id = excluded.last_id
),
tallied as (
  insert into private.account_tallies (user_id, customers_added) select $2, $4 where $5
)
insert into private.customer_search_backlog (user_id, after_id, last_id, texts)
select $2, p.before, p.last, t.texts
from (
  select ($3 || to_hex(268435456 + n))::uuid as before, ($3 || to_hex(268435456 + least(n + 1000, $4)))::uuid as last
  from generate_series(0, $4 - 1, 1000) n
  where $5
) p
cross join lateral (
  select string_agg(private.customer_search_text(c.first_name, c.last_name, c.email, c.phone), e'\n') as texts
  from public.customers c
  where c.id > p.before and c.id <= p.last
) t
