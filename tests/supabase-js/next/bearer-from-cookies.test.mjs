// Cookies as @supabase/ssr writes them in a browser become a token that the API takes.
//
// Asks for DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY and SUPABASE_SERVICE_ROLE_KEY.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSWORD, approvedPerson, ok, setting } from '../people.mjs'

const { createBrowserClient } = await import('@supabase/ssr')
const { bearerFromCookies, isFromElsewhere } = await import('./bearer-from-cookies.mjs')
const project = { supabaseUrl: setting('SUPABASE_URL'), anonKey: setting('SUPABASE_ANON_KEY') }
const KEY = `sb-${new URL(project.supabaseUrl).hostname.split('.')[0]}-auth-token`

/** A browser's cookies, without a browser. */
function jar() {
  const kept = new Map()
  return {
    getAll: () => [...kept].map(([name, value]) => ({ name, value })),
    setAll: (all) => {
      for (const { name, value, options } of all) {
        if (value && options?.maxAge !== 0) kept.set(name, value)
        else kept.delete(name)
      }
    },
  }
}

/** Signs somebody in as a browser does, and gives the cookies that are left. */
async function signedIn(data = {}) {
  const { email, supabase } = await approvedPerson()
  ok(await supabase.auth.updateUser({ data }))
  const cookies = jar()
  const browser = createBrowserClient(project.supabaseUrl, project.anonKey, { cookies, isSingleton: false })
  ok(await browser.auth.signInWithPassword({ email, password: PASSWORD }))
  return { email, cookies, browser }
}

async function me(token) {
  const response = await fetch(`${setting('DNWERKS_API_URL')}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, body: await response.json() }
}

/** The session in these cookies, changed. */
function changedSession(cookies, change) {
  const whole = cookies
    .getAll()
    .filter(({ name }) => name.startsWith(KEY))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .map(({ value }) => value)
    .join('')
  assert.match(whole, /^base64-/)
  const session = JSON.parse(Buffer.from(whole.slice(7), 'base64url').toString())
  return { ...session, ...change }
}
const encoded = (session) => [{ name: KEY, value: `base64-${Buffer.from(JSON.stringify(session)).toString('base64url')}` }]

test('the cookies of a browser are a token that the API takes', async () => {
  const { email, cookies } = await signedIn()
  const { token, changed } = await bearerFromCookies(cookies.getAll(), project)
  const answer = await me(token)
  assert.deepEqual([answer.status, answer.body.email, answer.body.status], [200, email, 'approved'])
  assert.deepEqual(changed, [])
})

test('a session that needs several cookies is put together', async () => {
  const { email, cookies } = await signedIn({ about: 'x'.repeat(3500) })
  const chunks = cookies.getAll().filter(({ name }) => /\.\d+$/.test(name))
  assert.ok(chunks.length > 1, 'the session is in chunks')
  for (const order of [cookies.getAll(), cookies.getAll().reverse()]) {
    const { token } = await bearerFromCookies(order, project)
    assert.equal((await me(token)).body.email, email)
  }
  const { token } = await bearerFromCookies(
    cookies.getAll().filter(({ name }) => !name.endsWith('.0')),
    project,
  )
  assert.equal(token, null, 'without its first part it is nobody')
})

test('cookies of older versions, without base64, are read too', async () => {
  const { email, cookies } = await signedIn()
  const value = JSON.stringify(changedSession(cookies, {}))
  const { token } = await bearerFromCookies([{ name: KEY, value }], project)
  assert.equal((await me(token)).body.email, email)
})

test('an expired session is renewed, and the browser gets the new one', async () => {
  const { email, cookies } = await signedIn()
  const old = changedSession(cookies, { expires_at: 1_000_000_000, expires_in: 0 })
  const { token, changed } = await bearerFromCookies(encoded(old), project)
  assert.notEqual(token, old.access_token)
  assert.equal((await me(token)).body.email, email)
  cookies.setAll(changed)
  const next = changedSession(cookies, {})
  assert.equal(next.access_token, token)
  assert.notEqual(next.refresh_token, old.refresh_token)
})

test('a session that has ended is nobody, and its cookies go', async () => {
  const { cookies, browser } = await signedIn()
  const old = changedSession(cookies, { expires_at: 1_000_000_000, expires_in: 0 })
  ok(await browser.auth.signOut())
  const { token, changed } = await bearerFromCookies(encoded(old), project)
  assert.equal(token, null)
  const left = jar()
  left.setAll(encoded(old))
  left.setAll(changed)
  assert.deepEqual(left.getAll(), [])
})

test('no cookies, others and garbage are nobody', async () => {
  for (const cookies of [
    [],
    [{ name: 'theme', value: 'dark' }],
    [{ name: KEY, value: 'base64-%%%' }],
    [{ name: KEY, value: 'base64-' }],
    [{ name: KEY, value: '{"access_token":' }],
    [{ name: `${KEY}.1`, value: 'base64-e30' }],
  ]) {
    const { token } = await bearerFromCookies(cookies, project)
    assert.equal(token, null, JSON.stringify(cookies))
  }
})

test('a page of another site gets no token', () => {
  const elsewhere = (headers) => isFromElsewhere(new Headers({ host: 'app.example.com', ...headers }))
  assert.ok(!elsewhere({}))
  assert.ok(!elsewhere({ origin: 'https://app.example.com' }))
  assert.ok(!elsewhere({ host: '10.0.0.1:3000', 'x-forwarded-host': 'app.example.com', origin: 'https://app.example.com' }))
  for (const origin of ['https://evil.com', 'null', 'https://app.example.com.evil.com', 'https://app.example.com:8443']) {
    assert.ok(elsewhere({ origin }), origin)
  }
  assert.ok(elsewhere({ 'sec-fetch-site': 'cross-site' }))
})
