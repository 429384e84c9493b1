// What people do to a campaign through our API: preview, send, schedule, pause, resume, cancel, duplicate. Also what
// PostgREST must refuse as well, since a frontend may write campaigns there.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY
// (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answered, caller, invalid, refused } from './api.mjs'
import { ok, phone } from './people.mjs'

const DAY = 86_400_000
const inOneDay = () => new Date(Date.now() + DAY).toISOString()

let owner
let customers
before(async () => {
  owner = await caller()
  const row = { user_id: owner.profile.id, state: 'CA', status: 'active' }
  customers = ok(
    await owner.supabase
      .from('customers')
      .insert([
        { ...row, phone: phone(), first_name: 'Ann' },
        { ...row, phone: phone(), first_name: null },
        { ...row, phone: phone(), first_name: 'Out', status: 'inactive' },
      ])
      .select('id, phone, first_name, status'),
  ).data
})

const newDraft = async (changes = {}) =>
  answered(
    await owner.call('POST', '/api/campaigns', { name: 'Spring', message_body: 'Hello. Reply STOP to end.', ...changes }),
    201,
  )
const statusOf = async (id) => answered(await owner.call('GET', `/api/campaigns/${id}`), 200).status

test('an order that is not understood sends nothing', async () => {
  const { id, status } = await newDraft()
  assert.equal(status, 'draft')
  const path = `/api/campaigns/${id}/send`
  invalid(await owner.call('POST', path, { schedule_at: inOneDay() }), 'schedule_at')
  invalid(await owner.call('POST', path, { scheduled_at: null }), 'scheduled_at')
  invalid(await owner.call('POST', path, { scheduled_at: 'tomorrow' }), 'scheduled_at')
  invalid(await owner.call('POST', path, { now: false }), 'now')
  invalid(await owner.call('POST', path, { now: true, expected_recipients: '2' }), 'expected_recipients')
  refused(await owner.call('POST', path, { now: true, scheduled_at: inOneDay() }), 422, 'send_at_and_now')
  assert.equal(await statusOf(id), 'draft')
})

test('a new campaign with a time to come is scheduled, and a time that does not fit is refused', async () => {
  const at = inOneDay()
  const campaign = await newDraft({ scheduled_at: at })
  assert.equal(campaign.status, 'scheduled')
  assert.equal(Date.parse(campaign.scheduled_at), Date.parse(at))

  const body = { name: 'Spring', message_body: 'Hello' }
  const draft = { ...body, status: 'draft', scheduled_at: at }
  refused(await owner.call('POST', '/api/campaigns', draft), 422, 'scheduled_at_needs_status')
  const past = { ...body, scheduled_at: new Date(Date.now() - DAY).toISOString() }
  refused(await owner.call('POST', '/api/campaigns', past), 422, 'scheduled_at_past')
  invalid(await owner.call('POST', '/api/campaigns', { name: 'Spring', scheduled_at: at }), 'message_body')
})

test('a campaign is scheduled, paused, resumed, canceled and duplicated', async () => {
  const { id } = await newDraft()
  const act = (name, body) => owner.call('POST', `/api/campaigns/${id}/${name}`, body)

  refused(await act('pause'), 409, 'campaign_not_running')
  const at = inOneDay()
  const scheduled = answered(await act('send', { scheduled_at: at, expected_recipients: 2 }), 200)
  assert.equal(scheduled.status, 'scheduled')
  assert.equal(Date.parse(scheduled.scheduled_at), Date.parse(at))
  // With a time to come, sending without saying "now" is a misunderstanding.
  refused(await act('send'), 409, 'campaign_has_schedule')
  assert.equal(await statusOf(id), 'scheduled')

  refused(await act('resume'), 409, 'campaign_not_paused')
  const paused = answered(await act('pause'), 200)
  assert.equal(paused.status, 'paused')
  assert.equal(paused.pause_reason, 'owner')
  refused(await act('pause'), 409, 'campaign_not_running')
  const resumed = answered(await act('resume'), 200)
  assert.equal(resumed.status, 'scheduled')
  assert.equal(resumed.pause_reason, null)

  const canceled = answered(await act('cancel'), 200)
  assert.equal(canceled.status, 'canceled')
  refused(await act('cancel'), 409, 'campaign_not_running')
  refused(await act('send', { now: true }), 409, 'campaign_already_launched')

  const copy = answered(await act('duplicate'), 201)
  assert.notEqual(copy.id, id)
  assert.equal(copy.status, 'draft')
  assert.equal(copy.name, 'Spring (copy)')
  assert.equal(copy.message_body, scheduled.message_body)
  assert.equal(copy.scheduled_at, null)
})

test('a preview says who gets what, and what speaks against it', async () => {
  const { id } = await newDraft({ message_body: 'Hi {{ first_name }}, it is “sale” time' })
  const preview = answered(await owner.call('GET', `/api/campaigns/${id}/preview`), 200)
  assert.equal(preview.recipients, 2)
  assert.deepEqual(preview.left_out, { inactive: 1 })
  const waiting = preview.waiting.reduce((sum, wait) => sum + wait.recipients, 0)
  assert.equal(preview.may_go_now + waiting, 2, 'whatever the hour')
  assert.equal(preview.text_problem, null)
  assert.equal(preview.segments, 2)
  const rate = preview.segments_per_second
  assert.equal(preview.finishes_in_seconds, rate === null ? null : Math.ceil(2 / rate))
  const active = customers.filter((customer) => customer.status === 'active')
  const texts = active.map((customer) => ({
    to: customer.phone,
    body: `Hi ${customer.first_name ?? ''}, it is “sale” time`,
    segments: 1,
    encoding: 'ucs2',
  }))
  const byPhone = (a, b) => a.to.localeCompare(b.to)
  assert.deepEqual(preview.examples.sort(byPhone), texts.sort(byPhone))
  assert.deepEqual(
    preview.warnings.map((warning) => warning.code),
    ['ucs2', 'no_opt_out_wording', 'missing_values'],
  )
  assert.match(preview.warnings[0].detail, /“/)
  assert.equal(await statusOf(id), 'draft')

  const blank = await newDraft({ message_body: null })
  const problem = answered(await owner.call('GET', `/api/campaigns/${blank.id}/preview`), 200)
  assert.equal(typeof problem.text_problem, 'string')
  assert.equal(problem.recipients, 2)
  assert.equal(problem.segments, null)
  assert.deepEqual(
    problem.examples.map((example) => example.body),
    [null, null],
  )
})

test('with another number of recipients than expected nothing is sent', async () => {
  const { id } = await newDraft()
  const path = `/api/campaigns/${id}/send`
  for (const order of [
    { now: true, expected_recipients: 3 },
    { scheduled_at: inOneDay(), expected_recipients: 3 },
  ]) {
    const differ = refused(await owner.call('POST', path, order), 409, 'recipients_differ')
    assert.match(differ.detail, /has 2 recipients, not 3/)
    assert.equal(await statusOf(id), 'draft')
  }
  const sent = answered(await owner.call('POST', path, { now: true, expected_recipients: 2 }), 200)
  assert.equal(sent.total_recipients, 2)
  refused(await owner.call('POST', path, { now: true }), 409, 'campaign_already_launched')

  const messages = answered(await owner.call('GET', `/api/campaigns/${id}/messages`), 200)
  assert.equal(messages.total, 2)
  const optedOut = answered(await owner.call('GET', `/api/campaigns/${id}/messages?reason=opted_out`), 200)
  assert.equal(optedOut.total, 0)
  invalid(await owner.call('GET', `/api/campaigns/${id}/messages?reason=Opted%20out`), 'reason')
  const ann = customers.find((customer) => customer.first_name === 'Ann')
  const hers = answered(await owner.call('GET', `/api/customers/${ann.id}/messages`), 200)
  assert.deepEqual(
    hers.data.map((message) => [message.campaign_id, message.phone_number]),
    [[id, ann.phone]],
  )
})

test('an audience that names nobody is refused by the API and by PostgREST', async () => {
  for (const [field, value, code] of [
    ['states', [], 'empty'],
    ['customer_ids', [], 'empty'],
    ['tags', [], 'empty'],
    ['attributes', {}, 'empty'],
    ['states', null, 'invalid_value'],
    ['tags', null, 'invalid_value'],
    ['attributes', { plan: null }, 'invalid_value'],
  ]) {
    const audience = { [field]: value }
    const answer = await owner.call('POST', '/api/campaigns', { name: 'Nobody', message_body: 'Hello', audience })
    assert.equal(invalid(answer, `audience.${field}`).code, code)
  }
  for (const audience of [{ states: [] }, { customer_ids: [] }, { tags: [] }, { attributes: {} }, { states: null }]) {
    const { error, status } = await owner.supabase
      .from('campaigns')
      .insert({ user_id: owner.profile.id, name: 'Nobody', message_body: 'Hello', audience })
    assert.equal(status, 400, JSON.stringify(audience))
    assert.equal(error.code, '23514', JSON.stringify(audience))
  }
  assert.equal((await newDraft({ audience: null })).audience, null)
})

test('nobody acts on the campaigns of another person, or reads the messages of their customers', async () => {
  const other = await caller()
  const { id } = await newDraft({ scheduled_at: inOneDay() })
  for (const act of ['send', 'pause', 'resume', 'cancel', 'duplicate']) {
    refused(await other.call('POST', `/api/campaigns/${id}/${act}`), 404, 'campaign_not_found')
  }
  refused(await other.call('GET', `/api/campaigns/${id}/preview`), 404, 'campaign_not_found')
  refused(await other.call('GET', `/api/customers/${customers[0].id}/messages`), 404, 'customer_not_found')
  assert.equal(await statusOf(id), 'scheduled')
})
