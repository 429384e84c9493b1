// A typed client of the API: paths, parameters, bodies and answers are those of openapi.json, from which api.types.ts is made.
//
//   const api = dnwerks(API_URL, async () => (await supabase.auth.getSession()).data.session?.access_token)
//   const { data, error } = await api.GET('/api/customers', { params: { query: { state: ['CA'] } } })
//
// `error` is the problem as the API tells it: `code` for programs, `detail` for people, `errors` by field.
import createClient from 'openapi-fetch'

export function dnwerks(baseUrl, accessToken) {
  const client = createClient({ baseUrl })
  client.use({
    async onRequest({ request }) {
      const token = await accessToken()
      if (token) request.headers.set('authorization', `Bearer ${token}`)
      return request
    },
  })
  return client
}
