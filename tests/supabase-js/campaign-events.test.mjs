// A campaign as it goes: server-sent events, for its owner, within a second, resumable.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY
// (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answered, caller, events, refused } from './api.mjs'
import { ok, phone, service } from './people.mjs'

let owner
before(async () => {
  owner = await caller()
  const customers = Array.from({ length: 3 }, () => ({ phone: phone(), state: 'CA' }))
  ok(await owner.supabase.from('customers').insert(customers))
})

/** A campaign whose texts go out at any hour. */
async function newDraft() {
  const campaign = { name: 'Spring', message_body: 'Hello' }
  const { id } = answered(await owner.call('POST', '/api/campaigns', campaign), 201)
  ok(await service.from('campaigns').update({ quiet_hours: false }).eq('id', id))
  return id
}

/** The events of a campaign. */
async function* watch(id, lastEventId) {
  const headers = lastEventId && { 'last-event-id': lastEventId }
  const answer = await owner.fetch(`/api/campaigns/${id}/events`, { headers })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  yield* events(answer)
}

test('a stream shows the state at once, a change within a second, and ends with the campaign', { timeout: 90_000 }, async () => {
  const id = await newDraft()
  const seen = []
  let sentAt
  for await (const found of watch(id)) {
    seen.push(found)
    if (seen.length === 1) {
      assert.equal(found.data.status, 'draft')
      answered(await owner.call('POST', `/api/campaigns/${id}/send`, { now: true }), 200)
      sentAt = Date.now()
    }
  }
  assert.ok(seen[1].at - sentAt < 1_200, `the launch was seen after ${seen[1].at - sentAt} ms`)
  const [last, end] = seen.slice(-2)
  assert.equal(end.event, 'end')
  assert.deepEqual(end.data, { code: 'campaign_ended' })
  assert.equal(last.data.status, 'sent')
  assert.equal(last.data.delivered_count, 3)
  assert.equal(new Set(seen.map((found) => found.id)).size, seen.length, 'nothing comes twice')

  // Who comes back gets what they don't have.
  const again = []
  for await (const found of watch(id, last.id)) again.push(found)
  assert.deepEqual(
    again.map((found) => found.event),
    ['end'],
  )
  const resumed = []
  for await (const found of watch(id, seen[0].id)) resumed.push(found)
  assert.deepEqual(
    resumed.map((found) => [found.event, found.id]),
    [
      ['campaign', last.id],
      ['end', undefined],
    ],
  )
})

test('a deleted campaign ends its stream', { timeout: 30_000 }, async () => {
  const id = await newDraft()
  const seen = []
  for await (const { event, data } of watch(id)) {
    if (seen.push([event, data.code]) === 1) ok(await owner.supabase.from('campaigns').delete().eq('id', id))
  }
  assert.deepEqual(seen, [
    ['campaign', undefined],
    ['end', 'campaign_not_found'],
  ])
})

test('nobody watches the campaign of another person, or without a sign-in', async () => {
  const id = await newDraft()
  const other = await caller()
  refused(await other.call('GET', `/api/campaigns/${id}/events`), 404, 'campaign_not_found')
  const answer = await owner.fetch(`/api/campaigns/${id}/events`, { headers: { authorization: '' } })
  assert.equal(answer.status, 401)
})
