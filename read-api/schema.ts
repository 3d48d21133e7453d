import { builder } from './builder.ts'
import { lexicographicSortSchema, printSchema } from './graphql-js.ts'
import './account.ts'
import './audit-event.ts'
import './events.ts'
import './file.ts'
import './job.ts'
import './log-position.ts'
import './mutations.ts'
import './package-version.ts'
import './package.ts'
import './project.ts'
import './repository.ts'
import './tag.ts'
import './token.ts'
import './viewer.ts'
import './upkeep.ts'
import './webhook-delivery.ts'
import './webhook.ts'

/** The GraphQL schema of Waybill: what the files above added to the builder. */
export const schema = builder.toSchema()

/** The schema as text, in an order that does not depend on the order of the files. */
export const schemaText = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`
