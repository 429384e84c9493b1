-- Where one import's rows wait; gone with its transaction. A row is a customer, or a reject, which has no
-- phone. No key: sorting a million rows once is cheaper than keeping them sorted while they arrive.
create temporary table staged_customers (
  row integer not null,
  phone text,
  first_name text,
  last_name text,
  email text,
  state text,
  status text,
  tags text[],
  attributes jsonb,
  -- {"column": header or "", "code": …, "detail": …, "cells": all cells of the record}
  reject jsonb
) on commit drop
