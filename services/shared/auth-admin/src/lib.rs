//! Supabase Auth: sign-in and the admin calls; the only room that names `supabase-auth`.
