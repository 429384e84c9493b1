// A person's way through their account, as a browser goes it: invitation, registration, approval,
// login, forgotten password, new password. The mails are read in the outbox.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, ADMIN_EMAIL,
// ADMIN_PASSWORD and LOCALSTACK_OUTBOX_URL (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import WebSocket from 'ws'

// Node 20 has no WebSocket of its own, and supabase-js wants one when it is made.
globalThis.WebSocket ??= WebSocket
const { createClient } = await import('@supabase/supabase-js')

const setting = (name) => process.env[name] ?? assert.fail(`${name} is not set`)
const api = setting('DNWERKS_API_URL')
const outbox = new URL('/outbox.json', setting('LOCALSTACK_OUTBOX_URL'))
const FIRST_PASSWORD = 'plenty-of-violet-otters-7'
const SECOND_PASSWORD = 'quiet-harbour-lantern-42'

const browser = () =>
  createClient(setting('SUPABASE_URL'), setting('SUPABASE_ANON_KEY'), {
    auth: { persistSession: false, autoRefreshToken: false },
  })

async function call(method, path, { token, body } = {}) {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null }
}

/** The first mail to `email` that `is` accepts; mails leave a moment after what causes them. */
async function mailTo(email, is) {
  const inbox = new URL(outbox)
  inbox.searchParams.set('to', email)
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const { emails } = await (await fetch(inbox)).json()
    const mail = emails.find(is)
    if (mail) return mail
    await pause(100)
  }
  assert.fail('no such mail arrived within 30 s')
}

/** Follows the link that confirms an address, as somebody who reads its mails does. */
async function confirm(supabase, email) {
  const mail = await mailTo(email, (mail) => /^Confirm your e-mail address/.test(mail.subject))
  const { error } = await supabase.auth.verifyOtp({ type: 'signup', token_hash: linked(mail, 'token') })
  assert.equal(error, null)
}

/** The parameter `name` of the first link in the text of a mail. */
const linked = (mail, name) => {
  const link = mail.text.match(/https?:\/\/\S+/g)?.find((link) => new URL(link).searchParams.has(name))
  assert.ok(link, `the mail has a link with ${name}`)
  return new URL(link).searchParams.get(name)
}

async function adminSession() {
  const credentials = { email: setting('ADMIN_EMAIL'), password: setting('ADMIN_PASSWORD') }
  const { data, error } = await browser().auth.signInWithPassword(credentials)
  assert.equal(error, null)
  return data.session.access_token
}

async function invite(admin, email) {
  const created = await call('POST', '/api/admin/invites', { token: admin, body: { email } })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const mail = await mailTo(email, (mail) => mail.text.includes(created.body.code))
  assert.equal(linked(mail, 'invite'), created.body.code)
  return created.body.code
}

async function profileOf(admin, email) {
  const found = await call('GET', `/api/admin/users?search=${encodeURIComponent(email)}`, { token: admin })
  assert.equal(found.status, 200, JSON.stringify(found.body))
  assert.equal(found.body.data.length, 1)
  return found.body.data[0]
}

test('from the invitation to a new password', async (t) => {
  const email = `person-${randomUUID().slice(0, 8)}@example.com`
  const admin = await adminSession()
  const supabase = browser()
  let code
  let token

  await t.test('an admin invites, and the mail brings the code', async () => {
    code = await invite(admin, email)
  })

  await t.test('without the code nobody registers', async () => {
    const { error } = await browser().auth.signUp({ email, password: FIRST_PASSWORD })
    assert.equal(error.status, 403)
    assert.match(error.message, /^invite_required:/)
  })

  await t.test('another person can not use the code', async () => {
    const { error } = await browser().auth.signUp({
      email: `other-${email}`,
      password: FIRST_PASSWORD,
      options: { data: { invite_code: code } },
    })
    assert.match(error.message, /^invite_for_another_email:/)
  })

  await t.test('with the code the person registers, and metadata gives no rights', async () => {
    const { data, error } = await supabase.auth.signUp({
      email,
      password: FIRST_PASSWORD,
      options: { data: { invite_code: code, role: 'admin', status: 'approved' } },
    })
    assert.equal(error, null)
    assert.equal(data.user.email, email)
    assert.equal(data.session, null, 'the address is not confirmed yet')
    await confirm(supabase, email)
    const profile = await supabase.from('user_profiles').select('role, status').eq('user_id', data.user.id).single()
    assert.deepEqual(profile.data, { role: 'user', status: 'pending' })
  })

  await t.test('the code works once', async () => {
    const again = await call('POST', '/api/auth/register', {
      body: { email, password: FIRST_PASSWORD, invite_code: code },
    })
    assert.equal(again.status, 403)
    assert.equal(again.body.code, 'invite_exhausted')
  })

  await t.test('before the approval there is no login', async () => {
    const login = await call('POST', '/api/auth/login', { body: { email, password: FIRST_PASSWORD } })
    assert.equal(login.status, 403)
    assert.equal(login.body.code, 'approval_pending')
    assert.equal(login.body.access_token, undefined)
  })

  await t.test('an admin approves, and a mail says so', async () => {
    const profile = await profileOf(admin, email)
    assert.equal(profile.status, 'pending')
    const approved = await call('PUT', `/api/admin/users/${profile.id}`, { token: admin, body: { status: 'approved' } })
    assert.equal(approved.status, 200, JSON.stringify(approved.body))
    assert.equal(approved.body.status, 'approved')
    await mailTo(email, (mail) => /approved/i.test(mail.subject))
  })

  await t.test('the person logs in, works with supabase-js, and finds the default templates', async () => {
    const login = await call('POST', '/api/auth/login', { body: { email, password: FIRST_PASSWORD } })
    assert.equal(login.status, 200, JSON.stringify(login.body))
    const { access_token, refresh_token } = login.body
    const { data, error } = await supabase.auth.setSession({ access_token, refresh_token })
    assert.equal(error, null)
    assert.equal(data.user.email, email)
    const { data: claims } = await supabase.auth.getClaims()
    assert.equal(claims.claims.user_status, 'approved')
    const templates = await supabase.from('campaign_templates').select('id')
    assert.equal(templates.error, null)
    assert.ok(templates.data.length > 0)
  })

  await t.test('a forgotten password brings a mail, an unknown address the same answer', async () => {
    const known = await call('POST', '/api/password-reset/request', { body: { email } })
    const unknown = await call('POST', '/api/password-reset/request', { body: { email: `nobody-${email}` } })
    assert.equal(known.status, 202, JSON.stringify(known.body))
    assert.deepEqual(known, unknown)
    const mail = await mailTo(email, (mail) => /reset-password\?token=/.test(mail.text))
    token = linked(mail, 'token')
    const valid = await call('POST', '/api/password-reset/validate', { body: { token } })
    assert.equal(valid.status, 200, JSON.stringify(valid.body))
    assert.equal(valid.body.valid, true)
  })

  await t.test('a weak password is refused and leaves the link usable', async () => {
    const weak = await call('POST', '/api/password-reset/confirm', { body: { token, password: 'password123' } })
    assert.equal(weak.status, 422, JSON.stringify(weak.body))
  })

  await t.test('the link sets the new password once, and every session ends', async () => {
    const confirmed = await call('POST', '/api/password-reset/confirm', { body: { token, password: SECOND_PASSWORD } })
    assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body))
    const again = await call('POST', '/api/password-reset/confirm', { body: { token, password: FIRST_PASSWORD } })
    assert.equal(again.status, 410)
    assert.equal(again.body.code, 'reset_token_used')
    const { error: ended } = await supabase.auth.refreshSession()
    assert.ok(ended, 'the old session is over')
    await mailTo(email, (mail) => /password was changed/i.test(mail.subject))
  })

  await t.test('only the new password logs in', async () => {
    const old = await browser().auth.signInWithPassword({ email, password: FIRST_PASSWORD })
    assert.equal(old.error.code, 'invalid_credentials')
    const login = await call('POST', '/api/auth/login', { body: { email, password: SECOND_PASSWORD } })
    assert.equal(login.status, 200, JSON.stringify(login.body))
    const out = await call('POST', '/api/auth/logout', { token: login.body.access_token })
    assert.equal(out.status, 204)
    assert.notEqual((await profileOf(admin, email)).last_login_at, null)
  })
})

test('a rejected person is out', async () => {
  const email = `rejected-${randomUUID().slice(0, 8)}@example.com`
  const admin = await adminSession()
  const code = await invite(admin, email)
  const registered = await call('POST', '/api/auth/register', {
    body: { email, password: FIRST_PASSWORD, invite_code: code },
  })
  assert.equal(registered.status, 201, JSON.stringify(registered.body))
  const early = await call('POST', '/api/auth/login', { body: { email, password: FIRST_PASSWORD } })
  assert.equal(early.status, 403)
  assert.equal(early.body.code, 'email_not_confirmed')
  await confirm(browser(), email)
  const profile = await profileOf(admin, email)
  const rejected = await call('PUT', `/api/admin/users/${profile.id}`, { token: admin, body: { status: 'rejected' } })
  assert.equal(rejected.status, 200, JSON.stringify(rejected.body))
  const login = await call('POST', '/api/auth/login', { body: { email, password: FIRST_PASSWORD } })
  assert.equal(login.status, 403)
  assert.equal(login.body.code, 'account_rejected')
  const direct = await browser().auth.signInWithPassword({ email, password: FIRST_PASSWORD })
  assert.ok(direct.error, 'Auth gives no tokens either')
})
