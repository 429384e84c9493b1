// A person's way through a frontend, in headless Chromium, from another origin than Supabase's and the API's.
//
// Asks for a running stack that allows http://127.0.0.1:PAGES_PORT (CORS_ALLOWED_ORIGINS, NEXTAUTH_URL), and for
// DNWERKS_API_URL, SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, LOCALSTACK_OUTBOX_URL: see `scripts/test`,
// step `browser`. CHROMIUM names another program than /usr/bin/chromium.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@supabase/supabase-js'
import { chromium } from 'playwright-core'
import WebSocket from 'ws'
import { servePages } from './pages.mjs'

const setting = (name) => process.env[name] ?? assert.fail(`${name} is not set`)
const port = Number(setting('PAGES_PORT'))
const origin = `http://127.0.0.1:${port}`
const service = createClient(setting('SUPABASE_URL'), setting('SUPABASE_SERVICE_ROLE_KEY'), {
  auth: { persistSession: false },
  realtime: { transport: WebSocket },
})
const email = `browser-${randomUUID().slice(0, 8)}@example.com`
const password = 'plenty-of-violet-otters-7'
/** Whom the campaigns go to; the others are in another state. */
const RECIPIENTS = 40
const ROWS = 20_000

let pages
let browser
let page
before(async () => {
  pages = await servePages(port)
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
  page = await browser.newPage()
  page.on('pageerror', (error) => console.error(error))
  page.on('console', (message) => message.type() === 'error' && console.error(message.text()))
})
after(async () => {
  await browser?.close()
  pages?.close()
})

function ok({ data, error }) {
  assert.equal(error, null, JSON.stringify(error))
  return data
}

const frontend = () => page.waitForFunction(() => window.frontend)
const call = (...request) => page.evaluate((request) => window.frontend.call(...request), request)
const seen = (what) => page.evaluate((what) => window.frontend.seen[what], what)
async function answered(status, ...request) {
  const answer = await call(...request)
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  return answer.body
}

/** The link in the mail that asks to confirm the address. */
async function confirmationLink() {
  const inbox = new URL('/outbox.json', setting('LOCALSTACK_OUTBOX_URL'))
  inbox.searchParams.set('to', email)
  for (let tries = 0; tries < 300; tries += 1) {
    const { emails } = await (await fetch(inbox)).json()
    const link = emails.map((mail) => mail.text.match(/https?:\/\/\S+\/verify\?\S+/)?.[0]).find(Boolean)
    if (link) return link
    await pause(100)
  }
  assert.fail('no mail came')
}

test('signing up ends at the page with a code for a session, which is kept in cookies', { timeout: 120_000 }, async () => {
  const code = `browser-${randomUUID()}`
  ok(await service.from('invite_codes').insert({ code, email }))
  await page.goto(origin)
  await frontend()
  const signedUp = await page.evaluate(
    ([email, password, invite_code]) =>
      window.frontend.supabase.auth.signUp({
        email,
        password,
        options: { data: { invite_code }, emailRedirectTo: `${location.origin}/` },
      }),
    [email, password, code],
  )
  ok(signedUp)
  assert.equal(signedUp.data.session, null)
  const link = await confirmationLink()
  assert.match(link, /token=pkce_/)
  const exchanged = page.waitForRequest(/grant_type=pkce/)
  await page.goto(link)
  assert.equal(new URL(page.url()).origin, origin)
  await exchanged
  await frontend()
  await page.waitForFunction(() => document.cookie.includes('-auth-token'))
  ok(await service.from('user_profiles').update({ status: 'approved' }).eq('user_id', signedUp.data.user.id).select().single())
  await page.reload()
  await frontend()
  const session = await page.evaluate(async () => (await window.frontend.supabase.auth.refreshSession()).data.session)
  assert.equal(session.user.email, email)
  assert.equal(await page.evaluate(() => localStorage.length), 0, 'nothing is left where scripts of others look first')
  const refused = await page.evaluate(
    async (email) => (await window.frontend.supabase.auth.signInWithPassword({ email, password: 'not my password' })).error.code,
    email,
  )
  assert.equal(refused, 'invalid_credentials')
})

test('a file is uploaded while the page shows how far it is', { timeout: 120_000 }, async () => {
  const rows = Array.from({ length: ROWS }, (_, at) => `+1212${2_000_000 + at},Person ${at},${at < RECIPIENTS ? 'CA' : 'TX'}`)
  const report = await page.evaluate(
    ([file, id]) => window.frontend.upload(file, id),
    [`phone,first_name,state\n${rows.join('\n')}\n`, randomUUID()],
  )
  assert.equal(report.status, 200, JSON.stringify(report.body))
  assert.equal(report.body.inserted, ROWS, JSON.stringify(report.body))
  await page.waitForFunction(() => window.frontend.seen.progress.some(([name]) => name === 'completed'))
  const uploaded = await seen('uploaded')
  assert.equal(...uploaded.at(-1))
  const { total } = await answered(200, 'GET', '/api/customers')
  assert.equal(total, ROWS)
  const listed = await page.evaluate(() => window.frontend.supabase.from('customers').select('first_name').eq('state', 'CA'))
  assert.equal(ok(listed).length, RECIPIENTS)
})

test('a campaign is sent and shown live, by Realtime and by events', { timeout: 120_000 }, async () => {
  const order = { name: 'Spring', message_body: 'Hi {{first_name}}!', audience: { states: ['CA'] } }
  const { id } = await answered(201, 'POST', '/api/campaigns', order)
  ok(await service.from('campaigns').update({ quiet_hours: false }).eq('id', id).select())
  await page.evaluate((id) => window.frontend.watch(id), id)
  await answered(200, 'POST', `/api/campaigns/${id}/send`, { now: true })
  const arrived = (most) =>
    window.frontend.seen.counts.includes(most) && window.frontend.seen.events.includes('campaign_ended')
  await page.waitForFunction(arrived, RECIPIENTS, { timeout: 90_000 })
  const [counts, events] = [await seen('counts'), await seen('events')]
  assert.deepEqual(counts, counts.toSorted((a, b) => a - b))
  assert.deepEqual(events.slice(-2), [RECIPIENTS, 'campaign_ended'])
})

test('a page of another origin reads nothing of the API', async () => {
  const stranger = await browser.newPage()
  await stranger.goto(`http://localhost:${port}/newcomer.html`)
  const outcome = await stranger.evaluate(async () => {
    try {
      await fetch(`${API_URL}/api/campaigns`, { headers: { authorization: 'Bearer x' } })
      return 'read'
    } catch (error) {
      return error.name
    }
  })
  assert.equal(outcome, 'TypeError')
  await stranger.close()
})

test("a newcomer's page of a hundred lines signs in, lists customers, sends a campaign and shows it live", { timeout: 120_000 }, async () => {
  const newcomer = await browser.newPage()
  await newcomer.goto(`${origin}/newcomer.html`)
  await newcomer.fill('[name=email]', email)
  await newcomer.fill('[name=password]', 'not my password')
  await newcomer.click('text=Sign in')
  await newcomer.waitForSelector('#problem:has-text("Invalid login credentials")')
  await newcomer.fill('[name=password]', password)
  await newcomer.click('text=Sign in')
  await newcomer.waitForSelector(`text=${ROWS} customers`)
  assert.equal(await newcomer.locator('#customers li').count(), 20)
  await newcomer.waitForSelector('text=Spring: sent, 40 of 40 delivered')

  await newcomer.fill('[name=name]', 'First')
  await newcomer.fill('[name=message_body]', 'Hello {{first_name}}')
  await newcomer.click('text=Write')
  const written = newcomer.locator('#campaigns li', { hasText: 'First: draft' })
  await written.waitFor()
  const id = await written.getAttribute('id')
  ok(await service.from('campaigns').update({ quiet_hours: false, audience: { states: ['CA'] } }).eq('id', id).select())
  await written.locator('button').click()
  await newcomer.waitForSelector(`text=First: sent, ${RECIPIENTS} of ${RECIPIENTS} delivered`, { timeout: 90_000 })
  await newcomer.close()
})
