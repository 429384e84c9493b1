-- Where one import's rows wait; gone with its transaction. No key: sorting a million rows once is
-- cheaper than keeping them sorted while they arrive.
create temporary table staged_customers (
  row integer not null,
  phone text not null,
  first_name text,
  last_name text,
  email text,
  state text,
  status text
) on commit drop
