// Writes what frontends are typed with into the folder that is named: the types of the API, by its openapi.json there, and
// those of the database that DNWERKS_TEST_DATABASE_URL leads to, as `supabase gen types` does.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateTypescript, sortGeneratorMetadata } from '@supabase/postgrest-typegen/generation'
import { introspect } from '@supabase/postgrest-typegen/introspection'
import openapiTS, { astToString } from 'openapi-typescript'
import pg from 'pg'

const folder = process.argv[2]
const description = JSON.parse(await readFile(join(folder, 'openapi.json'), 'utf8'))
await writeFile(join(folder, 'api.types.ts'), astToString(await openapiTS(description)))

const pool = new pg.Pool({ connectionString: process.env.DNWERKS_TEST_DATABASE_URL, max: 1 })
const metadata = await introspect(pool, { includedSchemas: ['public'] })
await pool.end()
const types = await generateTypescript(sortGeneratorMetadata(metadata), { postgrestVersion: '14' })
await writeFile(join(folder, 'database.types.ts'), types)
