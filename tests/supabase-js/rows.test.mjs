// What a frontend does with an account and its rows through supabase-js alone, as on a hosted
// project: sign up, sign in, refresh, sign out; select, insert, update, upsert, delete, rpc.
//
// Asks for a running localstack: SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { approvedPerson, browser, ok, phone, setting } from './people.mjs'

let person
before(async () => {
  person = await approvedPerson()
})

test('a session is renewed, and the old refresh token leads to the same session', async () => {
  const { supabase, email, user } = await approvedPerson()
  const first = (await supabase.auth.getSession()).data.session
  const second = ok(await supabase.auth.refreshSession()).data.session
  assert.notEqual(second.refresh_token, first.refresh_token)
  const known = ok(await supabase.auth.getUser()).data.user
  assert.equal(known.id, user.id)
  assert.equal(known.email, email)
  const { claims } = ok(await supabase.auth.getClaims()).data
  assert.equal(claims.role, 'authenticated')
  assert.equal(claims.iss, `${setting('SUPABASE_URL')}/auth/v1`)
})

test('a wrong password is refused with the code of a hosted project', async () => {
  const { error } = await browser().auth.signInWithPassword({ email: person.email, password: 'wrong' })
  assert.equal(error.status, 400)
  assert.equal(error.code, 'invalid_credentials')
})

test('after signing out the session is over', async () => {
  const { supabase } = await approvedPerson()
  const { refresh_token } = (await supabase.auth.getSession()).data.session
  ok(await supabase.auth.signOut())
  const { error } = await browser().auth.refreshSession({ refresh_token })
  assert.equal(error.code, 'refresh_token_not_found')
})

test('rows are inserted, read, changed, merged, counted and deleted', async (t) => {
  const { supabase, profile } = person
  const own = (row) => ({ user_id: profile.id, state: 'CA', ...row })
  const phones = [phone(), phone(), phone()]

  await t.test('an array is inserted and comes back', async () => {
    const rows = phones.map((number, at) => own({ phone: number, first_name: `Name, "${at}"` }))
    const { data, status } = ok(await supabase.from('customers').insert(rows).select('phone, first_name'))
    assert.equal(status, 201)
    assert.deepEqual(data.map((row) => row.phone).sort(), [...phones].sort())
  })

  await t.test('rows are filtered, sorted, paged and counted', async () => {
    const { data, count } = ok(
      await supabase
        .from('customers')
        .select('phone', { count: 'exact' })
        .in('phone', phones)
        .order('phone', { ascending: false })
        .range(0, 1),
    )
    assert.equal(count, 3)
    assert.deepEqual(data.map((row) => row.phone), [...phones].sort().reverse().slice(0, 2))
    const single = ok(await supabase.from('customers').select('id, user_profiles(id)').eq('phone', phones[0]).single())
    assert.equal(single.data.user_profiles.id, profile.id)
  })

  await t.test('no row where one is asked for is PGRST116', async () => {
    const { error, status } = await supabase.from('customers').select().eq('phone', '+10000000000').single()
    assert.equal(status, 406)
    assert.equal(error.code, 'PGRST116')
  })

  await t.test('an update answers the changed row and their number', async () => {
    const { data, count } = ok(
      await supabase
        .from('customers')
        .update({ last_name: 'Changed' }, { count: 'exact' })
        .eq('phone', phones[0])
        .select('last_name'),
    )
    assert.deepEqual(data, [{ last_name: 'Changed' }])
    assert.equal(count, 1)
  })

  await t.test('an upsert on phone changes the row that is there', async () => {
    const { data } = ok(
      await supabase
        .from('customers')
        .upsert([own({ phone: phones[0], first_name: 'Merged' })], { onConflict: 'phone' })
        .select('first_name, last_name'),
    )
    assert.deepEqual(data, [{ first_name: 'Merged', last_name: 'Changed' }])
  })

  await t.test('the same phone twice is 23505', async () => {
    const { error, status } = await supabase.from('customers').insert(own({ phone: phones[0] }))
    assert.equal(status, 409)
    assert.equal(error.code, '23505')
  })

  await t.test('a delete says how many rows it removed', async () => {
    const { count, status, data } = ok(
      await supabase.from('customers').delete({ count: 'exact' }).in('phone', phones.slice(0, 2)),
    )
    assert.equal(status, 204)
    assert.equal(data, null)
    assert.equal(count, 2)
  })
})

test('a campaign is launched by rpc', async () => {
  const { supabase, profile } = await approvedPerson()
  ok(await supabase.from('customers').insert({ user_id: profile.id, phone: phone(), state: 'CA' }))
  const campaign = ok(
    await supabase
      .from('campaigns')
      .insert({ user_id: profile.id, name: 'Spring', message_body: 'Hello {{first_name}}' })
      .select()
      .single(),
  ).data
  assert.equal(campaign.status, 'draft')
  const launched = ok(await supabase.rpc('launch_campaign', { campaign_id: campaign.id })).data
  assert.equal(launched.id, campaign.id)
  assert.equal(launched.total_recipients, 1)
})

test('nobody reaches the rows of another person', async () => {
  const other = await approvedPerson()
  const number = phone()
  ok(await person.supabase.from('customers').insert({ user_id: person.profile.id, phone: number, state: 'CA' }))
  assert.deepEqual(ok(await other.supabase.from('customers').select().eq('phone', number)).data, [])
  const removed = ok(await other.supabase.from('customers').delete({ count: 'exact' }).eq('phone', number))
  assert.equal(removed.count, 0)
  const foreign = await other.supabase.from('customers').insert({ user_id: person.profile.id, phone: phone(), state: 'CA' })
  assert.equal(foreign.error.code, '42501')
  assert.equal(foreign.status, 403)
  const nobody = await browser().from('customers').select()
  assert.equal(nobody.error.code, '42501')
  assert.equal(nobody.status, 401)
})
