import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import { DomainError } from '../domain/errors.ts'
import type { Context } from './context.ts'
import { costOf, MAX_COST, MAX_DEPTH } from './cost.ts'
import { instant, json, long, moment, position } from './scalars.ts'

interface Text {
  Input: string
  Output: string
}

/** The GraphQL schema is made with it: each file of this folder adds its type. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: Text
    Position: Text
    Instant: Text
    Moment: Text
    Long: { Input: number; Output: number }
    JSON: { Input: unknown; Output: unknown }
  }
}>({
  plugins: [ComplexityPlugin, RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    nodesOnConnection: true,
    brandLoadedObjects: true,
  },
  complexity: {
    fieldComplexity: costOf,
    limit: { complexity: MAX_COST, depth: MAX_DEPTH },
    complexityError: (kind, { complexity, depth }) =>
      new DomainError(
        'too-large',
        kind === 'Depth'
          ? `The query is nested ${depth} levels deep, and at most ${MAX_DEPTH} are answered.`
          : `The query costs ${complexity}, and at most ${MAX_COST} is answered: ask for smaller pages or fewer fields.`,
      ),
  },
})

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})

builder.scalarType('Position', position)
builder.scalarType('Instant', instant)
builder.scalarType('Moment', moment)
builder.scalarType('Long', long)
builder.scalarType('JSON', json)
