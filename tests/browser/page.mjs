// A frontend as a Next.js one is, with the session in cookies; the test calls what it offers. The settings come from
// settings.js.
import { createBrowserClient } from '@supabase/ssr'

const supabase = createBrowserClient(SUPABASE_URL, SUPABASE_ANON_KEY)
const seen = { counts: [], events: [], progress: [], uploaded: [] }

const bearer = async () => `Bearer ${(await supabase.auth.getSession()).data.session?.access_token}`

/** Our API as the person who is signed in. */
async function call(method, path, body) {
  const response = await fetch(`${API_URL}${path}`, {
    method,
    headers: { authorization: await bearer(), ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null }
}

/** A stream of events as browsers open it: with a token of its own. */
async function stream(path, names, heard) {
  const { body } = await call('POST', `${path}/token`)
  const source = new EventSource(`${API_URL}${path}?token=${body.token}`)
  for (const name of names) source.addEventListener(name, (event) => heard(name, JSON.parse(event.data), source))
}

/** Uploads a file while the stream of its import tells how far it is. */
async function upload(file, id) {
  const ends = ['completed', 'failed', 'canceled']
  await stream(`/api/customers/imports/${id}/events`, ['progress', ...ends], (name, record, source) => {
    seen.progress.push([name, record.status])
    if (ends.includes(name)) source.close()
  })
  const authorization = await bearer()
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.upload.onprogress = ({ loaded, total }) => seen.uploaded.push([loaded, total])
    request.onload = () => resolve({ status: request.status, body: JSON.parse(request.responseText) })
    request.onerror = reject
    request.open('POST', `${API_URL}/api/customers/import?id=${id}`)
    request.setRequestHeader('authorization', authorization)
    request.setRequestHeader('content-type', 'text/csv')
    request.send(file)
  })
}

/** Shows a campaign live, by Realtime and by server-sent events. Done once both watch. */
async function watch(id) {
  await stream(`/api/campaigns/${id}/events`, ['campaign', 'end'], (name, campaign, source) => {
    if (name === 'end') source.close()
    seen.events.push(name === 'end' ? campaign.code : campaign.delivered_count)
  })
  await new Promise((resolve, reject) =>
    supabase
      .channel(`campaign-${id}`)
      .on('postgres_changes', { event: 'UPDATE', schema: 'public', table: 'campaigns', filter: `id=eq.${id}` }, (change) =>
        seen.counts.push(change.new.delivered_count),
      )
      .on('system', {}, ({ status, message }) => (status === 'ok' ? resolve() : reject(new Error(message))))
      .subscribe(),
  )
}

window.frontend = { supabase, seen, call, upload, watch }
