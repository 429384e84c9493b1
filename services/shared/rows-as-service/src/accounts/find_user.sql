-- One user, in the shape of the list.
select
  p.id, p.user_id, u.email as "email?", p.role as "role!", p.status as "status!",
  p.invited_by, p.invite_code, p.invited_at, p.approved_at, p.last_login_at,
  p.created_at as "created_at!", p.updated_at as "updated_at!",
  (select count(*) from public.customers c where c.user_id = p.id) as "customer_count!",
  (select count(*) from public.campaigns c where c.user_id = p.id and c.test_of is null and c.reply_to is null) as "campaign_count!"
from public.user_profiles p
left join auth.users u on u.id = p.user_id
where p.id = $1 and u.deleted_at is null and p.deleted_at is null
