// Streams of events as a browser opens them, whose EventSource sends no headers: with a token in the address, which opens
// that stream, for a minute, as long as the session lasts.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY
// (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { answered, caller, events, refused } from './api.mjs'
import { ok, setting } from './people.mjs'

let owner
before(async () => {
  owner = await caller()
})

const newDraft = async () =>
  answered(await owner.call('POST', '/api/campaigns', { name: 'Spring', message_body: 'Hello' }), 201).id
const tokenFor = async (person, stream) => answered(await person.call('POST', `${stream}/token`), 201)
/** As a browser does it: without a header of ours. */
const open = (stream, token) => fetch(`${setting('DNWERKS_API_URL')}${stream}?token=${token}`)
const closed = async (answer) => refused({ status: answer.status, body: await answer.json() }, 401, 'stream_token_invalid')

test('a token opens the stream that it is for, and nothing else', async () => {
  const [id, another] = [await newDraft(), await newDraft()]
  const stream = `/api/campaigns/${id}/events`
  const { token, expires_at } = await tokenFor(owner, stream)
  const left = new Date(expires_at) - Date.now()
  assert.ok(left > 50_000 && left < 70_000, expires_at)
  const answer = await open(stream, token)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  const seen = events(answer)
  const first = await seen.next()
  assert.equal(first.value.data.id, id)
  // Ends the stream, or the process would go on for it.
  await seen.return()

  await closed(await open(`/api/campaigns/${another}/events`, token))
  await closed(await open(`/api/customers/imports/${id}/events`, token))
  await closed(await open(stream, token.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))))
  await closed(await open(stream, 'short'))
  const path = `${setting('DNWERKS_API_URL')}/api/campaigns/${id}`
  for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
    assert.equal((await fetch(`${path}?token=${token}`, { headers })).status, 401)
  }
})

test('a stream of an import is opened before the upload begins', async () => {
  const stream = `/api/customers/imports/${randomUUID()}/events`
  const { token } = await tokenFor(owner, stream)
  const answer = await open(stream, token)
  assert.equal(answer.status, 200)
  await answer.body.cancel()
})

test('a token is for who may see the campaign', async () => {
  const stream = `/api/campaigns/${await newDraft()}/events`
  const other = await caller()
  refused(await other.call('POST', `${stream}/token`), 404, 'campaign_not_found')
  const { status } = await fetch(`${setting('DNWERKS_API_URL')}${stream}/token`, { method: 'POST' })
  assert.equal(status, 401)
})

test('the stream ends with the session, and no token of it opens one any more', { timeout: 30_000 }, async () => {
  const person = await caller()
  const { id } = answered(await person.call('POST', '/api/campaigns', { name: 'Spring', message_body: 'Hello' }), 201)
  const stream = `/api/campaigns/${id}/events`
  const { token } = await tokenFor(person, stream)
  const seen = []
  for await (const { event, data } of events(await open(stream, token))) {
    seen.push([event, data.code])
    if (seen.length === 1) ok(await person.supabase.auth.signOut())
  }
  assert.deepEqual(seen, [
    ['campaign', undefined],
    ['end', 'session_ended'],
  ])
  const answer = await open(stream, token)
  refused({ status: answer.status, body: await answer.json() }, 401, 'session_ended')
})

test('through PostgREST nobody reads what is kept of a token', async () => {
  const stream = `/api/campaigns/${await newDraft()}/events`
  await tokenFor(owner, stream)
  const { data, error } = await owner.supabase.from('event_stream_tokens').select()
  assert.equal(data, null)
  assert.ok(error)
  const guess = { token_hash: '0'.repeat(64), path: stream }
  const found = await owner.supabase.rpc('event_stream_token', guess)
  assert.equal(found.error.code, '42501', 'only our API asks, as nobody')
})
