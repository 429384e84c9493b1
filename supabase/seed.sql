-- Development only: a code that anybody may register with on a local stack.
insert into public.invite_codes (code, max_uses, expires_at, notes)
values ('DEV-WELCOME', 1000000, now() + interval '10 years', 'Local development')
on conflict do nothing;
