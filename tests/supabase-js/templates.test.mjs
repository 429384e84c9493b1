// Templates as a frontend uses them: which merge fields there are, how a text reads and what it costs, and campaigns that are
// made from one.
//
// Asks for DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY and SUPABASE_SERVICE_ROLE_KEY.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answered, caller, invalid, refused } from './api.mjs'
import { ok, phone, service } from './people.mjs'

let ann, bob, customer, template
const TEXT = 'Hi {{ first_name | default("there") }}, your {{ attributes.plan }} plan ends. Reply STOP to opt out.'

before(async () => {
  ann = await caller()
  bob = await caller()
  customer = answered(
    await ann.call('POST', '/api/customers', {
      phone: phone(),
      first_name: 'Zoë',
      attributes: { plan: 'gold', 'shoe size': 9 },
    }),
    201,
  )
  template = answered(await ann.call('POST', '/api/templates', { name: 'Renewal', message_body: TEXT }), 201)
})

test('merge fields are those of customers and the attributes that they have', async () => {
  const { data } = answered(await ann.call('GET', '/api/templates/fields'), 200)
  assert.deepEqual(
    data.filter((field) => field.kind === 'column').map((field) => field.name),
    ['first_name', 'last_name', 'email', 'phone', 'state'],
  )
  assert.deepEqual(
    data.filter((field) => field.kind === 'attribute'),
    [
      { name: 'plan', kind: 'attribute', tag: '{{ attributes.plan }}' },
      { name: 'shoe size', kind: 'attribute', tag: null },
    ],
  )
  const others = answered(await bob.call('GET', '/api/templates/fields'), 200)
  assert.equal(others.data.length, 5, 'nobody sees the attributes of others')
  for (const { tag } of data.filter((field) => field.tag)) {
    const preview = answered(await ann.call('POST', '/api/templates/preview', { message_body: tag }), 200)
    assert.equal(preview.text_problem, null, tag)
  }
})

test('a preview shows the text with a sample, its segments and what it costs', async () => {
  const preview = answered(await ann.call('POST', `/api/templates/${template.id}/preview`, {}), 200)
  const limits = ok(await ann.supabase.rpc('account_limits')).data
  assert.equal(preview.body, 'Hi Alex, your plan plan ends. Reply STOP to opt out.')
  assert.deepEqual([preview.segments, preview.encoding], [1, 'gsm7'])
  assert.equal(preview.cost, limits.in_force.price_per_segment)
  assert.deepEqual(preview.fields, ['first_name', 'attributes.plan'])
  assert.deepEqual(preview.warnings, [])
})

test('or with one of one\'s own customers, and nobody else\'s', async () => {
  const wanted = { message_body: TEXT, customer_id: customer.id }
  const preview = answered(await ann.call('POST', '/api/templates/preview', wanted), 200)
  assert.equal(preview.body, 'Hi Zoë, your gold plan ends. Reply STOP to opt out.')
  assert.equal(preview.encoding, 'ucs2')
  assert.deepEqual(preview.warnings.map((warning) => warning.code), ['ucs2'])
  refused(await bob.call('POST', '/api/templates/preview', wanted), 404, 'customer_not_found')
  const admin = await caller('admin')
  refused(await admin.call('POST', '/api/templates/preview', wanted), 404, 'customer_not_found')
  refused(await bob.call('POST', `/api/templates/${template.id}/preview`, {}), 404, 'template_not_found')
  invalid(await ann.call('POST', '/api/templates/preview', { ...wanted, customer: customer.id }), 'customer')
})

test('what can not be sent is said in words', async () => {
  for (const message_body of ['', ' ', 'Hi {{ name }}', 'x'.repeat(1601)]) {
    const preview = answered(await ann.call('POST', '/api/templates/preview', { message_body }), 200)
    assert.ok(preview.text_problem, message_body)
    assert.deepEqual([preview.body, preview.segments, preview.cost], [null, null, null])
  }
})

test('a campaign made from a template has its text, and remembers it', async () => {
  const made = answered(await ann.call('POST', '/api/campaigns', { name: 'From it', template_id: template.id }), 201)
  assert.deepEqual([made.message_body, made.template_id], [TEXT, template.id])
  const own = { name: 'My words', template_id: template.id, message_body: 'Hello' }
  assert.equal(answered(await ann.call('POST', '/api/campaigns', own), 201).message_body, 'Hello')
  const scheduled = { name: 'Later', template_id: template.id, scheduled_at: new Date(Date.now() + 86_400_000).toISOString() }
  assert.equal(answered(await ann.call('POST', '/api/campaigns', scheduled), 201).status, 'scheduled')
  const copy = answered(await ann.call('POST', `/api/campaigns/${made.id}/duplicate`), 201)
  assert.equal(copy.template_id, template.id)

  const foreign = { name: 'Theirs', template_id: template.id }
  assert.equal(invalid(await bob.call('POST', '/api/campaigns', foreign), 'template_id').code, 'template_unknown')
  const { error } = await bob.supabase.from('campaigns').insert(foreign)
  assert.equal(error.message, 'template_unknown')
  const direct = ok(await ann.supabase.from('campaigns').insert({ name: 'Direct', template_id: template.id }).select().single())
  assert.equal(direct.data.message_body, TEXT)

  answered(await ann.call('DELETE', `/api/templates/${template.id}`), 204)
  const left = answered(await ann.call('GET', `/api/campaigns/${made.id}`), 200)
  assert.deepEqual([left.message_body, left.template_id], [TEXT, null])
})

test('who is approved finds templates, by whatever door', async () => {
  const { count } = ok(
    await service.from('campaign_templates').select('id', { count: 'exact' }).eq('user_id', bob.profile.id).eq('is_default', true),
  )
  assert.ok(count > 0)
})
