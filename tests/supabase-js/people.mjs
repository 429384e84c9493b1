// People of the tests: invited, signed up, approved and signed in.
//
// Asks for SUPABASE_URL, SUPABASE_ANON_KEY and SUPABASE_SERVICE_ROLE_KEY.
import assert from 'node:assert/strict'
import { randomInt, randomUUID } from 'node:crypto'
import WebSocket from 'ws'

// Node 20 has no WebSocket of its own, and supabase-js wants one when it is made.
globalThis.WebSocket ??= WebSocket
const { createClient } = await import('@supabase/supabase-js')

export const PASSWORD = 'plenty-of-violet-otters-7'
export const setting = (name) => process.env[name] ?? assert.fail(`${name} is not set`)
const client = (key) =>
  createClient(setting('SUPABASE_URL'), key, { auth: { persistSession: false, autoRefreshToken: false } })
export const service = client(setting('SUPABASE_SERVICE_ROLE_KEY'))
export const browser = () => client(setting('SUPABASE_ANON_KEY'))
export const phone = () => `+1415${randomInt(2_000_000, 9_000_000)}`

/** What must have worked. */
export function ok({ data, error, ...rest }) {
  assert.equal(error, null, JSON.stringify(error))
  return { data, ...rest }
}

/** Somebody invited, signed up, approved and signed in. */
export async function approvedPerson(role = 'user') {
  const email = `person-${randomUUID().slice(0, 8)}@example.com`
  const code = `rows-${randomUUID()}`
  ok(await service.from('invite_codes').insert({ code, email }))
  const supabase = browser()
  const { data } = ok(
    await supabase.auth.signUp({ email, password: PASSWORD, options: { data: { invite_code: code } } }),
  )
  ok(await service.auth.admin.updateUserById(data.user.id, { email_confirm: true }))
  const approved = ok(
    await service.from('user_profiles').update({ status: 'approved', role }).eq('user_id', data.user.id).select().single(),
  )
  ok(await supabase.auth.signInWithPassword({ email, password: PASSWORD }))
  return { supabase, email, user: data.user, profile: approved.data }
}
