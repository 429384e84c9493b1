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
  -- Whether the row says that its person may be texted (true) or must not be (false), and its words:
  -- {"column", "words", "at", "at_words", "source"}, and "phone" with a reject.
  consent boolean,
  said jsonb,
  -- {"column": header or "", "code": …, "detail": …, "cells": all cells of the record}
  reject jsonb,
  -- Set once all rows are there: why the number must not be texted, and why a new customer is inactive.
  suppressed_for text,
  inactive_reason text,
  -- Whether a later row has the same phone; set where known customers are updated.
  is_replaced boolean not null default false
) on commit drop
