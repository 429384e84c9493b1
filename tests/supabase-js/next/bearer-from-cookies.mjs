// Who is signed in, by the cookies that @supabase/ssr keeps, for an API that wants `Authorization: Bearer`.
import { createServerClient } from '@supabase/ssr'

/**
 * The access token in these cookies ([{ name, value }]), renewed if it has expired; null for nobody. `changed` are cookies to set
 * in the answer: of a renewed session, or of one that has ended. The token is not checked here: the API does that.
 */
export async function bearerFromCookies(cookies, { supabaseUrl, anonKey }) {
  const changed = []
  const supabase = createServerClient(supabaseUrl, anonKey, {
    cookies: {
      getAll: () => cookies,
      setAll: (all) => {
        changed.push(...all)
      },
    },
  })
  const { data } = await supabase.auth.getSession()
  return { token: data.session?.access_token ?? null, changed }
}

/**
 * Whether a page of another site asks. Browsers send it our cookies all the same where those are not `SameSite`, and with a
 * token it could act as whoever is signed in.
 */
export function isFromElsewhere(headers) {
  const origin = headers.get('origin')
  if (!origin) return headers.get('sec-fetch-site') === 'cross-site'
  const host = headers.get('x-forwarded-host') ?? headers.get('host')
  return !URL.canParse(origin) || new URL(origin).host !== host
}
