-- Users with what they own, newest first. $1: part of the address; $2: role; $3: status.
select
  p.id, p.user_id, u.email as "email?", p.role as "role!", p.status as "status!",
  p.invited_by, p.invite_code, p.invited_at, p.approved_at, p.last_login_at,
  p.created_at as "created_at!", p.updated_at as "updated_at!",
  (select count(*) from public.customers c where c.user_id = p.id) as "customer_count!",
  (select count(*) from public.campaigns c where c.user_id = p.id and c.test_of is null and c.reply_to is null) as "campaign_count!",
  count(*) over () as "total!"
from public.user_profiles p
left join auth.users u on u.id = p.user_id
where u.deleted_at is null and p.deleted_at is null
  and ($1::text is null or strpos(lower(u.email), lower($1)) > 0)
  and ($2::text is null or p.role = $2)
  and ($3::text is null or p.status = $3)
order by p.created_at desc, p.id
limit $4 offset $5
