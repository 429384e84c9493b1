-- Users with what they own, newest first. $1: part of the address; $2: role; $3: status.
select
  p.id as "id!", p.user_id, p.email, p.role as "role!", p.status as "status!",
  p.invited_by, p.invite_code, p.invited_at, p.approved_at, p.last_login_at,
  p.created_at as "created_at!", p.updated_at as "updated_at!",
  p.customer_count as "customer_count!", p.campaign_count as "campaign_count!",
  count(*) over () as "total!"
from private.users p
where ($1::text is null or strpos(lower(p.email), lower($1)) > 0)
  and ($2::text is null or p.role = $2)
  and ($3::text is null or p.status = $3)
order by p.created_at desc, p.id
limit $4 offset $5
