// A campaign's text to one number: it arrives once, and nobody meets it among campaigns.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY,
// LOCALSTACK_TWILIO_CONTROL_URL (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answered, caller, eventually, invalid, refused } from './api.mjs'
import { ok, phone, setting } from './people.mjs'

/** The texts that Twilio's stand-in took for a number. */
async function texts(to) {
  const url = `${setting('LOCALSTACK_TWILIO_CONTROL_URL')}/ledger/messages?to=${encodeURIComponent(to)}`
  return (await (await fetch(url)).json()).messages.map((message) => message.body)
}

let owner
let ann
before(async () => {
  owner = await caller()
  ann = ok(
    await owner.supabase.from('customers').insert({ phone: phone(), first_name: 'Ann', state: 'CA' }).select().single(),
  ).data
})

const newDraft = async (message_body) =>
  answered(await owner.call('POST', '/api/campaigns', { name: 'Spring', message_body }), 201).id
const result = (campaign, id) =>
  eventually('the end of the test', async () => {
    const found = answered(await owner.call('GET', `/api/campaigns/${campaign}/tests/${id}`), 200)
    return ['delivered', 'failed'].includes(found.status) && found
  })

test('a test arrives exactly once, at any hour, and is in no list', async () => {
  const id = await newDraft('Hi {{ first_name }}!')
  const to = phone()
  const order = { to, customer_id: ann.id }
  const sent = answered(await owner.call('POST', `/api/campaigns/${id}/test`, order), 202)
  assert.equal(sent.campaign_id, id)
  assert.equal(sent.to, to)
  const { status, body, message_id } = await result(id, sent.id)
  assert.equal(status, 'delivered')
  assert.equal(body, 'Hi Ann!')
  assert.equal(message_id, sent.message_id)
  assert.deepEqual(await texts(to), ['Hi Ann!'])

  const listed = answered(await owner.call('GET', '/api/campaigns?per_page=100'), 200)
  assert.equal(listed.total, 1, JSON.stringify(listed.data))
  assert.equal(listed.data[0].status, 'draft')
  assert.equal(listed.data[0].total_recipients, 0)
  refused(await owner.call('GET', `/api/campaigns/${sent.id}`), 404, 'campaign_not_found')
  assert.deepEqual(ok(await owner.supabase.from('campaigns').select('id')).data, [{ id }])
  assert.deepEqual(ok(await owner.supabase.from('campaign_messages').select('id')).data, [])
  const admin = await caller('admin')
  assert.deepEqual(ok(await admin.supabase.from('campaigns').select().eq('id', sent.id)).data, [])
  assert.deepEqual(ok(await admin.supabase.from('campaign_messages').select().eq('id', message_id)).data, [])
  const tests = answered(await owner.call('GET', `/api/campaigns/${id}/tests`), 200).data
  assert.deepEqual(
    tests.map((found) => found.id),
    [sent.id],
  )
})

test('a test that may not be sent is refused with its reason', async () => {
  const id = await newDraft('Hello')
  const path = `/api/campaigns/${id}/test`
  invalid(await owner.call('POST', path, { to: '4155552671' }), 'to')
  invalid(await owner.call('POST', path, { to: phone(), customer: ann.id }), 'customer')
  refused(await owner.call('POST', path, { to: '+18002345678' }), 422, 'phone_not_textable')
  const blank = await newDraft(null)
  refused(await owner.call('POST', `/api/campaigns/${blank}/test`, { to: phone() }), 422, 'message_body_required')

  const stranger = await caller()
  refused(await stranger.call('POST', path, { to: phone() }), 404, 'campaign_not_found')
  refused(await stranger.call('GET', `/api/campaigns/${id}/tests`), 404, 'campaign_not_found')
  const theirs = ok(await stranger.supabase.from('customers').insert({ phone: phone() }).select().single()).data
  refused(await owner.call('POST', path, { to: phone(), customer_id: theirs.id }), 404, 'customer_not_found')
})

test('not even requests side by side send more than twenty tests in an hour', async () => {
  const eager = await caller()
  const draft = { name: 'Spring', message_body: 'Hello' }
  const { id } = answered(await eager.call('POST', '/api/campaigns', draft), 201)
  const to = phone()
  const answers = await Promise.all(
    Array.from({ length: 24 }, () => eager.call('POST', `/api/campaigns/${id}/test`, { to })),
  )
  const late = answers.filter(({ status }) => status !== 202)
  assert.equal(late.length, 4)
  for (const answer of late) refused(answer, 429, 'too_many_tests')
  await eventually('twenty texts', async () => (await texts(to)).length === 20)
})
