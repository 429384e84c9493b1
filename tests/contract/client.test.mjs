// @ts-check
// The typed client against a running stack: `tsc` holds what is used here against the description, and the stack shows
// that the description is true. Asks for DNWERKS_API_URL and what tests/supabase-js/people.mjs asks for.
import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { test } from 'node:test'
import { createClient } from '@supabase/supabase-js'
import { dnwerks } from 'dnwerks-client'
import { approvedPerson, phone, setting } from '../supabase-js/people.mjs'

const apiUrl = setting('DNWERKS_API_URL')
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** @param {'user' | 'admin'} [role] */
async function somebody(role) {
  const person = await approvedPerson(role)
  const token = async () => (await person.supabase.auth.getSession()).data.session?.access_token
  return { ...person, token, api: dnwerks(apiUrl, token) }
}

/** Every value of a JSON text that is called like a time. @param {unknown} value @param {string} [name] @returns {string[]} */
function times(value, name = '') {
  if (Array.isArray(value)) return value.flatMap((one) => times(one))
  if (value && typeof value === 'object') return Object.entries(value).flatMap(([name, one]) => times(one, name))
  return typeof value === 'string' && /(_at|^since|^until)$/.test(name) ? [value] : []
}

test('customers and campaigns are made, listed and refused as described', async () => {
  const { api } = await somebody()
  const number = phone()
  const made = await api.POST('/api/customers', { body: { phone: number, first_name: 'Ann', tags: ['vip'] } })
  assert.equal(made.data?.phone, number)
  assert.equal(made.data.status, 'active')
  const again = await api.POST('/api/customers', { body: { phone: number } })
  assert.equal(again.error?.code, 'phone_taken')
  assert.equal(again.error.type, '/api/errors/phone_taken')

  const list = await api.GET('/api/customers', { params: { query: { tag: ['vip'], per_page: 1 } } })
  assert.deepEqual(
    { ...list.data, data: list.data?.data.map(({ id }) => id) },
    { data: [made.data.id], page: 1, per_page: 1, total: 1, total_is_exact: true, total_pages: 1 },
  )
  const campaign = await api.POST('/api/campaigns', { body: { name: 'Sale', message_body: 'Hi {{ first_name }}' } })
  assert.ok(campaign.data)
  const path = { id: campaign.data.id }
  const preview = await api.GET('/api/campaigns/{id}/preview', { params: { path } })
  assert.equal(preview.data?.recipients, 1)
  const moved = await api.PATCH('/api/campaigns/{id}', { params: { path }, body: { name: ' ' } })
  assert.deepEqual(
    moved.error?.errors?.map(({ field }) => field),
    ['name'],
  )
})

test('every list has one envelope, every time one form', async () => {
  const { api, token } = await somebody('admin')
  await api.POST('/api/templates', { body: { name: 'Welcome' } })
  await api.POST('/api/suppressions', { body: { phone: phone() } })
  await api.POST('/api/admin/invites', { body: { notes: 'x' } })
  const { data } = await api.POST('/api/campaigns', { body: { name: 'Sale' } })
  const paths = [
    '/api/admin/invites', '/api/admin/mail-suppressions', '/api/admin/password-resets', '/api/admin/users', '/api/campaigns',
    `/api/campaigns/${data?.id}/messages`, `/api/campaigns/${data?.id}/tests`, '/api/conversations', '/api/customers',
    '/api/customers/deleted', '/api/customers/imports', '/api/customers/phone-refusals', '/api/senders', '/api/suppressions',
    '/api/templates',
  ]
  let seen = 0
  for (const path of paths) {
    const answer = await fetch(apiUrl + path, { headers: { authorization: `Bearer ${await token()}` } })
    const list = await answer.json()
    const { data, page, per_page, total, total_is_exact, total_pages, counts, ...more } = list
    assert.ok(Array.isArray(data) && page === 1 && per_page >= 1 && total >= data.length, path)
    assert.equal(typeof total_is_exact, 'boolean', path)
    assert.ok(total_pages >= (total ? 1 : 0), path)
    assert.deepEqual(more, {}, path)
    for (const time of times(list)) assert.match(time, TIME, path)
    seen += times(list).length
  }
  assert.ok(seen > 10)
})

test('an answer that is known is not sent again, and a long one is compressed', async () => {
  const { api, token } = await somebody()
  const authorization = `Bearer ${await token()}`
  for (let i = 0; i < 5; i++) await api.POST('/api/templates', { body: { name: `Welcome ${i}`, message_body: 'x'.repeat(500) } })
  const first = await fetch(`${apiUrl}/api/templates`, { headers: { authorization } })
  const tag = first.headers.get('etag') ?? ''
  assert.match(tag, /^W\/"[0-9a-f]{32}"$/)
  const known = await fetch(`${apiUrl}/api/templates`, { headers: { authorization, 'if-none-match': tag } })
  assert.equal(known.status, 304)
  assert.equal(await known.text(), '')
  await api.POST('/api/templates', { body: { name: 'Another' } })
  const changed = await fetch(`${apiUrl}/api/templates`, { headers: { authorization, 'if-none-match': tag } })
  assert.equal(changed.status, 200)
  const { total } = await changed.json()

  const { default: http } = await import('node:http')
  const raw = await new Promise((resolve, reject) => {
    http
      .get(`${apiUrl}/api/templates`, { headers: { authorization, 'accept-encoding': 'gzip' } }, (answer) => {
        /** @type {Buffer[]} */
        const pieces = []
        answer.on('data', (piece) => pieces.push(piece))
        answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(pieces) }))
      })
      .on('error', reject)
  })
  assert.equal(raw.headers['content-encoding'], 'gzip')
  assert.equal(JSON.parse(gunzipSync(raw.body).toString()).total, total)
  assert.ok(raw.body.length < 2500)
})

test('supabase-js knows the tables by the types of the database', async () => {
  const { api, token, profile } = await somebody()
  await api.POST('/api/templates', { body: { name: 'Mine alone' } })
  /** @type {import('@supabase/supabase-js').SupabaseClient<import('dnwerks-client/database.types').Database>} */
  const supabase = createClient(setting('SUPABASE_URL'), setting('SUPABASE_ANON_KEY'), {
    accessToken: async () => (await token()) ?? null,
  })
  const { data } = await supabase.from('campaign_templates').select('name, user_id').eq('name', 'Mine alone').single()
  assert.deepEqual(data, { name: 'Mine alone', user_id: profile.id })
})

test('what no route takes in its query is refused by those that take none, too', async () => {
  const { token } = await somebody()
  for (const path of ['/api/auth/me', '/api/senders', '/api/templates/fields']) {
    const answer = await fetch(`${apiUrl}${path}?limit=3`, { headers: { authorization: `Bearer ${await token()}` } })
    const { code, errors } = await answer.json()
    assert.deepEqual([answer.status, code, errors[0].field], [422, 'invalid_input', 'limit'], path)
  }
})

test('an answer tells how many attempts are left', async () => {
  const attempt = () =>
    fetch(`${apiUrl}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.77' },
      body: JSON.stringify({ email: 'nobody@example.com', password: 'x' }),
    })
  const left = []
  for (let i = 0; i < 2; i++) {
    const answer = await attempt()
    assert.equal(answer.status, 401)
    const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => Number(answer.headers.get(`ratelimit-${name}`)))
    assert.ok(limit >= 2 && reset >= 1, `${limit} ${reset}`)
    left.push(limit - remaining)
  }
  assert.deepEqual(left, [1, 2])
})

test('the page of the description works by itself, and each code has a page', async () => {
  const page = await fetch(`${apiUrl}/api/docs/`)
  assert.equal(page.status, 200)
  const html = await page.text()
  assert.doesNotMatch(html, /https?:\/\//)
  for (const [, file] of html.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)) {
    assert.equal((await fetch(`${apiUrl}/api/docs/${file}`)).status, 200, file)
  }
  const described = await (await fetch(`${apiUrl}/api/openapi.json`)).json()
  assert.equal(described.openapi, '3.1.0')
  assert.match(await (await fetch(`${apiUrl}/api/errors/phone_taken`)).text(), /<h1><code>phone_taken/)
  assert.equal((await fetch(`${apiUrl}/api/errors/no_such_code`)).status, 404)
})
