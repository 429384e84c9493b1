// Serves the pages on an origin of their own: http://127.0.0.1:PAGES_PORT.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { build } from 'esbuild'

const here = new URL('.', import.meta.url)
const setting = (name) => process.env[name] ?? ''

/** What is at each path: its type, and how it is made. */
const files = {
  '/': ['text/html', () => '<!doctype html><title>page</title><script src="settings.js"></script><script type="module" src="page.js"></script>'],
  '/page.js': ['text/javascript', bundle],
  '/newcomer.html': ['text/html', () => readFile(new URL('newcomer.html', here))],
  '/supabase.js': ['text/javascript', () => readFile(new URL('node_modules/@supabase/supabase-js/dist/umd/supabase.js', here))],
  '/settings.js': ['text/javascript', settings],
}

async function bundle() {
  const entry = new URL('page.mjs', here).pathname
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false })
  return outputFiles[0].contents
}

function settings() {
  const values = {
    SUPABASE_URL: setting('SUPABASE_URL'),
    SUPABASE_ANON_KEY: setting('SUPABASE_ANON_KEY'),
    API_URL: setting('DNWERKS_API_URL'),
  }
  return Object.entries(values)
    .map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
    .join('')
}

/** A running server; `close` stops it. */
export async function servePages(port) {
  const server = createServer(async (request, response) => {
    const file = files[new URL(request.url, 'http://pages').pathname]
    if (!file) return response.writeHead(404).end()
    const [type, contents] = file
    try {
      const made = await contents()
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(made)
    } catch (error) {
      console.error(error)
      response.writeHead(500).end()
    }
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return server
}
