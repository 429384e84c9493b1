-- Resets that admins started, newest first. $1: one id; $2: one status.
select
  r.id, r.user_id, u.email as "user_email?", r.admin_id, a.email as "admin_email?",
  r.reason, r.status as "status!", r.created_at as "created_at!", r.completed_at,
  t.expires_at as "expires_at?",
  count(*) over () as "total!"
from public.admin_password_resets r
left join public.user_profiles up on up.id = r.user_id
left join private.auth_accounts u on u.id = up.user_id
left join public.user_profiles ap on ap.id = r.admin_id
left join private.auth_accounts a on a.id = ap.user_id
left join public.password_reset_tokens t on t.id = r.reset_token_id
where ($1::uuid is null or r.id = $1)
  and ($2::text is null or r.status = $2)
order by r.created_at desc, r.id
limit $3 offset $4
