-- Development only: a code that anybody may register with on a local stack.
insert into public.invite_codes (code, max_uses, notes)
values ('DEV-WELCOME', 1000000, 'Local development')
on conflict do nothing;
