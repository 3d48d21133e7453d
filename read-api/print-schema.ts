import { lexicographicSortSchema, printSchema } from './graphql-js.ts'
import { fileURLToPath } from 'node:url'
import { writeFileSync } from 'node:fs'
import { schema } from './schema.ts'

/** The schema as text, in an order that does not depend on the order of the files. */
export const sdl = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`

// run by itself it brings the committed text up to date
if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('./schema.graphql', import.meta.url), sdl())
