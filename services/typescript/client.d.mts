import type { Client } from 'openapi-fetch'
import type { paths } from './api.types.ts'

/**
 * A client of the API at `baseUrl` (empty: the page's own origin); `accessToken` is asked for before each request.
 */
export function dnwerks(baseUrl: string, accessToken: () => Promise<string | undefined>): Client<paths>
