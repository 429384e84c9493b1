-- Notes that these customers ($2) of $1 wait for the search, as one part of its backlog: at most a thousand, so that it is
-- indexed in one go, and passed by where it has nothing of what is searched for.
-- Side effect: a row of private.customer_search_backlog.
insert into private.customer_search_backlog (user_id, customer_ids, texts)
select $1, array_agg(c.id), string_agg(private.customer_search_text(c.first_name, c.last_name, c.email, c.phone), e'\n')
from public.customers c
where c.id = any ($2)
