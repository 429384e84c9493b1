//! Rows through PostgREST, as the signed-in caller; the only room that names `postgrest`.
