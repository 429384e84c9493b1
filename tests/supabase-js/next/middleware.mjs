// Next's middleware (`proxy.js` from Next 16 on, where the function is called `proxy`): puts the token of whoever is signed in into
// requests to /api, which next.config.mjs passes on to DNwerks.
import { NextResponse } from 'next/server'
import { bearerFromCookies, isFromElsewhere } from './bearer-from-cookies.mjs'

export const config = { matcher: '/api/:path*' }

export async function middleware(request) {
  const headers = new Headers(request.headers)
  let changed = []
  if (!headers.has('authorization') && !isFromElsewhere(headers)) {
    const bearer = await bearerFromCookies(request.cookies.getAll(), {
      supabaseUrl: process.env.NEXT_PUBLIC_SUPABASE_URL,
      anonKey: process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY,
    })
    changed = bearer.changed
    if (bearer.token) headers.set('authorization', `Bearer ${bearer.token}`)
  }
  // DNwerks reads none.
  headers.delete('cookie')
  const response = NextResponse.next({ request: { headers } })
  for (const { name, value, options } of changed) response.cookies.set(name, value, options)
  return response
}
