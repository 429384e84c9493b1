// Analytics through our API: what was sent is told as it is, in the viewer's time zone, as JSON and as CSV, to nobody else.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY
// (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answered, caller, eventually, invalid, refused } from './api.mjs'
import { ok, phone, service } from './people.mjs'

let owner
let other
let admin
let campaign
before(async () => {
  ;[owner, other, admin] = await Promise.all([caller(), caller(), caller('admin')])
  const customers = Array.from({ length: 4 }, (_, n) => ({ phone: phone(), state: n < 3 ? 'CA' : 'NY' }))
  ok(await owner.supabase.from('customers').insert(customers))
  const draft = { name: 'Spring', message_body: 'Hello' }
  campaign = answered(await owner.call('POST', '/api/campaigns', draft), 201)
  ok(await service.from('campaigns').update({ quiet_hours: false }).eq('id', campaign.id))
  answered(await owner.call('POST', `/api/campaigns/${campaign.id}/send`, { now: true }), 200)
  await eventually('the delivery of all', async () => {
    const { delivered_count } = answered(await owner.call('GET', `/api/campaigns/${campaign.id}`), 200)
    return delivered_count === 4
  })
})

const ofCampaign = (query = '') => `/api/campaigns/${campaign.id}/analytics${query}`
/** The lines of a CSV, each as its cells; none of these has a comma in it. */
async function lines(who, path, headers) {
  const answer = await who.fetch(path, { headers })
  assert.equal(answer.status, 200, path)
  assert.match(answer.headers.get('content-type'), /^text\/csv/)
  assert.match(answer.headers.get('content-disposition'), /^attachment; filename="[a-z0-9-]+\.csv"$/)
  const text = (await answer.text()).replace('\ufeff', '').trim()
  return text.split(/\r?\n/).map((line) => line.split(','))
}

test('a campaign is told as its messages are', async () => {
  const told = answered(await owner.call('GET', ofCampaign('?time_zone=Asia/Kolkata')), 200)
  const { data } = ok(await owner.supabase.from('campaign_messages').select().eq('campaign_id', campaign.id))
  assert.deepEqual(
    [told.recipients, told.sent, told.delivered, told.undelivered, told.pending, told.in_doubt],
    [4, 4, data.filter((message) => message.status === 'delivered').length, 0, 0, 0],
  )
  assert.equal(told.segments, data.reduce((sum, message) => sum + message.segments, 0))
  assert.equal(told.delivery_rate, 1)
  assert.deepEqual(
    told.states.map(({ state, delivered }) => [state, delivered]),
    [
      ['CA', 3],
      ['NY', 1],
    ],
  )
  assert.match(told.launched_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  const [{ starts_at, local_time }] = told.deliveries
  const kolkata = new Date(Date.parse(starts_at) + 5.5 * 3_600_000).toISOString()
  assert.equal(local_time, kolkata.slice(0, 16).replace('T', ' '))
  assert.equal(told.deliveries.reduce((sum, minute) => sum + minute.delivered, 0), 4)
})

test('an account is told by days, by hours and by months', async () => {
  for (const [query, buckets] of [['', 30], ['?interval=month', 1], ['?interval=hour&from=2026-11-01&to=2026-11-01', 24]]) {
    const told = answered(await owner.call('GET', `/api/analytics${query}`), 200)
    assert.ok(told.series.length >= buckets, `${query}: ${told.series.length}`)
    assert.equal(told.user_id, owner.profile.id)
  }
  const { totals, best_hours } = answered(await owner.call('GET', '/api/analytics?time_zone=America/New_York'), 200)
  assert.deepEqual([totals.sent, totals.delivered, totals.customers_added], [4, 4, 4])
  assert.equal(best_hours.length > 0, true)
  const path = `/api/analytics?user_id=${owner.profile.id}`
  assert.equal(answered(await admin.call('GET', path), 200).totals.sent, 4)
  refused(await other.call('GET', path), 404, 'account_not_found')
})

test('each table comes as CSV', async () => {
  const [header, ...rows] = await lines(owner, ofCampaign('?table=states'))
  assert.deepEqual(header.slice(0, 4), ['state', 'recipients', 'sent', 'delivered'])
  assert.deepEqual(rows.map((row) => row.slice(0, 4)), [['CA', '3', '3', '3'], ['NY', '1', '1', '1']])
  assert.equal((await lines(owner, ofCampaign(), { accept: 'text/csv' }))[0][0], 'starts_at')
  assert.equal((await lines(owner, '/api/analytics?format=csv')).length, 31)
  assert.equal((await lines(admin, '/api/admin/analytics?table=queues')).length, 7)
})

test('the system is for admins', async () => {
  const told = answered(await admin.call('GET', '/api/admin/analytics'), 200)
  assert.ok(told.totals.sent >= 4 && told.accounts.approved >= 3)
  assert.ok(told.busiest_accounts.length > 0 && told.senders.length > 0)
  assert.deepEqual(told.queues.map(({ queue }) => queue).sort(), [
    'campaigns', 'doubts', 'late_callbacks', 'mails', 'messages', 'password_resets',
  ])
  refused(await owner.call('GET', '/api/admin/analytics'), 403, 'admin_required')
  const { error } = await owner.supabase.rpc('admin_analytics')
  assert.equal(error.message, 'admin_required')
})

test('what is not understood is refused', async () => {
  invalid(await owner.call('GET', ofCampaign('?time_zone=Mars/Olympus')), 'time_zone')
  invalid(await owner.call('GET', '/api/analytics?time_zone=CEST'), 'time_zone')
  invalid(await owner.call('GET', '/api/analytics?from=yesterday'), 'from')
  invalid(await owner.call('GET', '/api/analytics?interval=minute'), 'interval')
  invalid(await owner.call('GET', '/api/analytics?table=minutes'), 'table')
  assert.match(invalid(await owner.call('GET', '/api/analytics?timezone=UTC'), 'timezone').detail, /Did you mean time_zone\?/)
  refused(await owner.call('GET', '/api/analytics?from=2024-01-01&to=2026-01-01'), 422, 'period_invalid')
  refused(await other.call('GET', ofCampaign()), 404, 'campaign_not_found')
})
