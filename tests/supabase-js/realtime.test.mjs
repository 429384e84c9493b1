// What a page shows live: changes of published tables through Realtime, to those who may see the rows.
//
// Asks for a running stack: DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY,
// SUPABASE_JWT_SECRET (`scripts/dev` prints them).
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createClient } from '@supabase/supabase-js'
import { answered, caller, eventually } from './api.mjs'
import { approvedPerson, browser, ok, phone, service, setting } from './people.mjs'

const clients = []
after(() => Promise.all(clients.map((client) => client.removeAllChannels())))

let owner
let other
before(async () => {
  ;[owner, other] = await Promise.all([caller(), caller()])
})

/** A channel that listens to changes: what has come, and what Realtime said of the channel. */
async function listening(supabase, ...filters) {
  clients.push(supabase)
  const found = { changes: [], said: [], states: [] }
  found.channel = supabase.channel(`changes-${randomUUID()}`).on('system', {}, (message) => found.said.push(message))
  for (const filter of filters) {
    const wanted = { event: '*', schema: 'public', table: 'campaigns', ...filter }
    found.channel.on('postgres_changes', wanted, (change) => found.changes.push({ ...change, filter }))
  }
  found.channel.subscribe((state, error) => found.states.push([state, error?.message]))
  await eventually('a word about the subscription', () => found.said.length > 0)
  return found
}

const subscribed = ({ said }) => assert.equal(said[0].message, 'Subscribed to PostgreSQL', JSON.stringify(said))
const newCampaign = async (person, changes) =>
  ok(
    await person.supabase
      .from('campaigns')
      .insert({ user_id: person.profile.id, name: 'Spring', message_body: 'Hello', ...changes })
      .select()
      .single(),
  ).data
const rename = async (person, id, name) => ok(await person.supabase.from('campaigns').update({ name }).eq('id', id))
const named = ({ changes }, name) => changes.filter((change) => change.new.name === name)

/** The person's session in a client that speaks another version of the protocol. */
async function inVersion(vsn, person) {
  const supabase = createClient(setting('SUPABASE_URL'), setting('SUPABASE_ANON_KEY'), {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { vsn },
  })
  ok(await supabase.auth.setSession((await person.supabase.auth.getSession()).data.session))
  return supabase
}

test('the counts of a campaign come while it is sent', { timeout: 90_000 }, async () => {
  const customers = Array.from({ length: 3 }, () => ({ phone: phone(), state: 'CA' }))
  ok(await owner.supabase.from('customers').insert(customers))
  const { id } = await newCampaign(owner)
  ok(await service.from('campaigns').update({ quiet_hours: false }).eq('id', id))
  const live = await listening(owner.supabase, { filter: `id=eq.${id}` })
  subscribed(live)
  answered(await owner.call('POST', `/api/campaigns/${id}/send`, { now: true }), 200)
  await eventually('the last delivery', () => live.changes.some((change) => change.new.delivered_count === 3))
  await eventually('the end', () => live.changes.some((change) => change.new.status === 'sent'))
  const counts = live.changes.map((change) => change.new.delivered_count)
  assert.deepEqual(counts, [...counts].sort(), 'in the order in which they happened')
  for (const { eventType, schema, table, old, errors, commit_timestamp } of live.changes) {
    assert.deepEqual([eventType, schema, table, errors], ['UPDATE', 'public', 'campaigns', null])
    assert.deepEqual(old, { id })
    assert.match(commit_timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  }
  const [{ data: row }] = [ok(await owner.supabase.from('campaigns').select().eq('id', id).single())]
  const last = live.changes.at(-1).new
  assert.deepEqual(Object.keys(last).sort(), Object.keys(row).sort())
  for (const column of ['name', 'status', 'total_recipients', 'quiet_hours', 'target_tags']) {
    if (column in row) assert.deepEqual(last[column], row[column], column)
  }
  // The two doors write a different number of zeros at its end.
  const plain = (moment) => moment.replace(/(\.\d*?)0+\+/, '$1+')
  assert.equal(plain(last.launched_at), plain(row.launched_at))
})

for (const vsn of ['1.0.0', '2.0.0']) {
  test(`everybody hears of their own rows only, with protocol ${vsn}`, async () => {
    const [mine, theirs] = await Promise.all([
      listening(await inVersion(vsn, owner), {}),
      listening(await inVersion(vsn, other), {}),
    ])
    subscribed(mine)
    subscribed(theirs)
    const [secret, own] = [`secret ${randomUUID()}`, `own ${randomUUID()}`]
    await newCampaign(owner, { name: secret })
    await newCampaign(other, { name: own })
    await eventually('their own', () => named(theirs, own).length > 0)
    await eventually('my own', () => named(mine, secret).length > 0)
    // Changes come in order: the other one would have come first.
    assert.deepEqual(named(theirs, secret), [])
    assert.equal(named(mine, secret)[0].eventType, 'INSERT')
    assert.deepEqual(named(mine, secret)[0].old, {})
  })
}

test('strangers learn that something changed, and nothing of it', async () => {
  const stranger = await listening(browser(), {})
  subscribed(stranger)
  await newCampaign(owner)
  const [change] = await eventually('a change', () => stranger.changes.length > 0 && stranger.changes)
  assert.deepEqual(change.errors, ['Error 401: Unauthorized'])
  assert.deepEqual([change.new, change.old], [{}, {}])
})

test('filters hold back what is not wanted', async () => {
  const word = randomUUID().slice(0, 8)
  const live = await listening(
    owner.supabase,
    { filter: `name=eq.${word} b` },
    { filter: `name=neq.${word} b,name=like.${word}%` },
    { filter: `name=in.(${word} a,"${word} b")` },
    { filter: `total_recipients=gt.0,name=like.${word}%` },
    { filter: `created_at=gte.2026-01-01T00:00:00Z,name=like.${word}%`, event: 'INSERT' },
    { filter: `name=like.${word}%`, event: 'UPDATE', select: ['name'] },
  )
  subscribed(live)
  const { id } = await newCampaign(owner, { name: `${word} a` })
  await rename(owner, id, `${word} b`)
  await rename(owner, id, `${word} end`)
  await eventually('the last change', () => live.changes.filter((change) => change.new.name === `${word} end`).length >= 2)
  const seen = live.changes.map(({ filter, eventType, new: row }) => `${filter.filter.split('=')[0]} ${eventType} ${row.name.slice(9)}`)
  assert.deepEqual(seen.sort(), [
    'created_at INSERT a',
    'name INSERT a',
    'name INSERT a',
    'name UPDATE b',
    'name UPDATE b',
    'name UPDATE b',
    'name UPDATE end',
    'name UPDATE end',
  ])
  const selected = live.changes.find((change) => change.filter.select)
  assert.deepEqual(Object.keys(selected.new).sort(), ['id', 'name'])
})

test('what can not be subscribed to is named', async () => {
  const words = async (filter) => (await listening(owner.supabase, filter)).said[0]
  const unpublished = await words({ table: 'customers' })
  assert.equal(unpublished.status, 'error')
  assert.match(unpublished.message, /Please check Realtime is enabled for the given connect parameters: \[event: \*, schema: public, table: customers, filters: \[\], select: nil\]/)
  assert.match((await words({ filter: 'nonsense=eq.1' })).message, /invalid column for filter nonsense/)
  assert.match((await words({ filter: 'id=eq.1' })).message, /invalid input syntax for type uuid/)
  assert.match((await words({ filter: 'name=almost.x' })).message, /Error parsing `filter` params: \["almost", "x"\]/)
})

test('a session that has ended sees nothing more', async () => {
  const person = await approvedPerson()
  const ending = browser()
  ok(await ending.auth.setSession((await person.supabase.auth.getSession()).data.session))
  const before = await listening(ending, {})
  subscribed(before)
  const staying = browser()
  ok(await staying.auth.signInWithPassword({ email: person.email, password: 'plenty-of-violet-otters-7' }))
  const still = await listening(staying, {})
  subscribed(still)
  const { data } = await person.supabase.auth.getSession()
  ok(await service.auth.admin.signOut(data.session.access_token, 'local'))
  const { id } = await newCampaign({ ...person, supabase: staying })
  await eventually('the change elsewhere', () => still.changes.some((change) => change.new.id === id))
  assert.deepEqual(before.changes, [])
})

test('a renewed token keeps the channel, one that has ended closes it', { timeout: 60_000 }, async () => {
  const person = await approvedPerson()
  const live = await listening(person.supabase, {})
  subscribed(live)
  ok(await person.supabase.auth.refreshSession())
  await eventually('the new token to be taken', () => live.said.length === 2)
  assert.equal(live.said[1].message, 'Subscribed to PostgreSQL')
  const { id } = await newCampaign(person)
  await eventually('a change', () => live.changes.some((change) => change.new.id === id))

  const { data } = await person.supabase.auth.getSession()
  const claims = JSON.parse(Buffer.from(data.session.access_token.split('.')[1], 'base64url'))
  const short = signed({ ...claims, exp: Math.floor(Date.now() / 1000) + 2 })
  await person.supabase.realtime.setAuth(short)
  await eventually('the end of the channel', () => live.states.at(-1)[0] === 'CLOSED')
  assert.deepEqual(live.said.at(-1), {
    extension: 'system',
    status: 'error',
    message: 'Token has expired 0 seconds ago',
    channel: live.channel.subTopic,
  })
  const late = person.supabase.channel('late')
  const refusal = await new Promise((resolve) => late.subscribe((_, error) => error && resolve(error.message)))
  assert.match(refusal, /^InvalidJWTToken: Token has expired \d+ seconds ago$/)
})

/** A token that the project's shared secret signs. */
function signed(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createHmac('sha256', setting('SUPABASE_JWT_SECRET')).update(text).digest('base64url')}`
}

test('after a broken connection the channel is joined again', { timeout: 60_000 }, async () => {
  const live = await listening(owner.supabase, {})
  subscribed(live)
  const joined = live.said.length
  owner.supabase.realtime.socketAdapter.getSocket().conn.close(4000)
  await eventually('the new subscription', () => live.said.length > joined)
  const { id } = await newCampaign(owner)
  await eventually('a change', () => live.changes.some((change) => change.new.id === id))
})

test('members of a topic hear each other, whatever version they speak', async () => {
  const topic = `room-${randomUUID()}`
  const heard = []
  const members = await Promise.all(
    ['1.0.0', '2.0.0', '2.0.0'].map(async (vsn, number) => {
      const supabase = await inVersion(vsn, owner)
      clients.push(supabase)
      const channel = supabase
        .channel(topic, { config: { broadcast: { self: number === 2, ack: true } } })
        .on('broadcast', { event: 'moved' }, ({ payload }) => heard.push(`${payload.from} to ${number}`))
        .on('presence', { event: 'sync' }, () => heard.push(`presence of ${number}`))
      await new Promise((resolve, reject) => channel.subscribe((state, error) => (error ? reject(error) : resolve(state))))
      return channel
    }),
  )
  for (const [number, member] of members.entries()) {
    assert.equal(await member.send({ type: 'broadcast', event: 'moved', payload: { from: number, ü: '✓' } }), 'ok')
  }
  await eventually('each to hear', () => heard.length === 10)
  assert.deepEqual(heard.sort(), [
    '0 to 1', '0 to 2', '1 to 0', '1 to 2', '2 to 0', '2 to 1', '2 to 2', 'presence of 0', 'presence of 1', 'presence of 2',
  ])
})

test('nobody joins a private topic, or connects without a key', async () => {
  clients.push(owner.supabase)
  const channel = owner.supabase.channel('private', { config: { private: true } })
  const refusal = await new Promise((resolve) => channel.subscribe((_, error) => error && resolve(error.message)))
  assert.equal(refusal, 'Unauthorized: You do not have permissions to read from this Channel topic: private')
  for (const query of ['', '?apikey=unknown']) {
    const answer = await fetch(`${setting('SUPABASE_URL')}/realtime/v1/websocket${query}`)
    assert.equal(answer.status, 401)
  }
})
