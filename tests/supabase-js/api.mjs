// Our API as people of the tests use it, and what its answers must be.
//
// Asks for DNWERKS_API_URL.
import assert from 'node:assert/strict'
import { approvedPerson, setting } from './people.mjs'

const api = setting('DNWERKS_API_URL')

/** Somebody with `call`, which asks our API as them, and `fetch`, which gives the answer unread. */
export async function caller(role) {
  const person = await approvedPerson(role)
  const { access_token } = (await person.supabase.auth.getSession()).data.session
  const ask = (path, { headers, ...options } = {}) =>
    fetch(`${api}${path}`, { ...options, headers: { authorization: `Bearer ${access_token}`, ...headers } })
  const call = async (method, path, body) => {
    const response = await ask(path, {
      method,
      headers: body && { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }
  return { ...person, call, fetch: ask }
}

/** The body of an answer that must have this status. */
export function answered({ status, body }, wanted) {
  assert.equal(status, wanted, JSON.stringify(body))
  return body
}

/** An answer that must be 422 because of this field. */
export function invalid(answer, field) {
  const body = answered(answer, 422)
  assert.equal(body.code, 'invalid_input')
  assert.equal(body.errors[0].field, field, JSON.stringify(body))
  return body.errors[0]
}

/** An answer that must be a refusal with this code. */
export function refused(answer, status, code) {
  const body = answered(answer, status)
  assert.equal(body.code, code, JSON.stringify(body))
  return body
}

/** What `look` gives, once it gives something. */
export async function eventually(what, look, within = 60_000) {
  const until = Date.now() + within
  for (;;) {
    const found = await look()
    if (found) return found
    assert.ok(Date.now() < until, `${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The events of a stream, one by one, with when each came. */
export async function* events(answer) {
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of answer.body) {
    text += decoder.decode(piece, { stream: true })
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      )
      if (fields.event) yield { at: Date.now(), event: fields.event, id: fields.id, data: JSON.parse(fields.data) }
    }
  }
}
