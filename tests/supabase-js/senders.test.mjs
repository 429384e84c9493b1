// Senders, and what only admins set: a sender's rate and quiet hours.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY
// (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { answered, caller, invalid, refused } from './api.mjs'

let owner
let admin
before(async () => {
  ;[owner, admin] = await Promise.all([caller(), caller('admin')])
})

const campaign = (changes = {}) => ({ name: 'Spring', message_body: 'Hello', ...changes })

test('a campaign names one of the senders, and none that is not there', async () => {
  const [sender] = answered(await owner.call('GET', '/api/senders'), 200).data
  assert.equal(sender.is_default, true)
  assert.equal(sender.held_until, null)
  const { id, sender_id } = answered(
    await owner.call('POST', '/api/campaigns', campaign({ sender_id: sender.id })),
    201,
  )
  assert.equal(sender_id, sender.id)
  const copy = answered(await owner.call('POST', `/api/campaigns/${id}/duplicate`), 201)
  assert.equal(copy.sender_id, sender.id)
  const path = `/api/campaigns/${id}`
  assert.equal(answered(await owner.call('PATCH', path, { sender_id: null }), 200).sender_id, null)
  assert.equal(invalid(await owner.call('PATCH', path, { sender_id: randomUUID() }), 'sender_id').code, 'sender_unknown')
  invalid(await owner.call('PATCH', path, { sender_id: '+15005550006' }), 'sender_id')
})

test('only admins let texts go out at any hour', async () => {
  const path = `/api/campaigns/${answered(await owner.call('POST', '/api/campaigns', campaign()), 201).id}`
  refused(await owner.call('PATCH', path, { quiet_hours: false }), 403, 'quiet_hours_need_admin')
  refused(await owner.call('POST', '/api/campaigns', campaign({ quiet_hours: false })), 403, 'quiet_hours_need_admin')
  const { error } = await owner.supabase.from('campaigns').update({ quiet_hours: false }).eq('user_id', owner.profile.id)
  assert.equal(error.message, 'quiet_hours_need_admin')
  answered(await owner.call('PATCH', path, { name: 'Summer', quiet_hours: true }), 200)

  assert.equal(answered(await admin.call('PATCH', path, { quiet_hours: false }), 200).quiet_hours, false)
  const copy = answered(await owner.call('POST', `${path}/duplicate`), 201)
  assert.equal(copy.quiet_hours, true, 'what an admin allowed is not copied')
})

test('only admins set the rate of a sender', async () => {
  const [{ id, segments_per_second }] = answered(await admin.call('GET', '/api/senders'), 200).data
  const path = `/api/senders/${id}`
  refused(await owner.call('PATCH', path, { segments_per_second: 5 }), 403, 'admin_required')
  const { error } = await owner.supabase.rpc('set_sender_rate', { sender_id: id, segments_per_second: 5 })
  assert.equal(error.message, 'admin_required')
  refused(await admin.call('PATCH', path, { segments_per_second: 0 }), 422, 'rate_invalid')
  invalid(await admin.call('PATCH', path, {}), 'segments_per_second')
  refused(await admin.call('PATCH', `/api/senders/${randomUUID()}`, { segments_per_second: 5 }), 404, 'sender_not_found')
  invalid(await admin.call('PATCH', path, { segments_per_second: null }), 'segments_per_second')
  // Other tests send meanwhile: faster than they can.
  const rate = segments_per_second ?? 10_000
  const changed = answered(await admin.call('PATCH', path, { segments_per_second: rate }), 200)
  assert.equal(changed.segments_per_second, rate)
})

test('admins see how a sender fares, owners whether it does', async () => {
  const [sender] = answered(await admin.call('GET', '/api/senders'), 200).data
  assert.equal(typeof sender.health.today.sent, 'number')
  assert.ok(Array.isArray(sender.health.alarms))
  const [seen] = answered(await owner.call('GET', '/api/senders'), 200).data
  assert.deepEqual(Object.keys(seen.health.yesterday), ['day', 'delivery_rate'])

  const path = `/api/senders/${sender.id}/days`
  assert.ok(Array.isArray(answered(await admin.call('GET', `${path}?from=2026-11-01&to=2026-11-30`), 200).data))
  refused(await admin.call('GET', `${path}?from=2016-11-01`), 422, 'days_out_of_range')
  invalid(await admin.call('GET', `${path}?to=today`), 'to')
  refused(await owner.call('GET', path), 403, 'admin_required')
  const { error } = await owner.supabase.rpc('sender_days', { sender_id: sender.id })
  assert.equal(error.message, 'admin_required')
})
