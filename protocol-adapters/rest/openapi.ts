import type { Command } from '../../commands/command.ts'
import { ERRORS } from '../../domain/errors.ts'

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'next', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(ERRORS) },
    next: { type: 'string' },
    requestId: { type: 'string' },
  },
}

const answerSchema = ({ answers = [], secret }: Command) => ({
  type: 'object',
  required: ['position'],
  properties: {
    position: { type: 'string', pattern: '^[0-9]{20}$', description: 'where the change stands in the log' },
    ...Object.fromEntries(answers.map((field) => [field, { type: 'string' }])),
    ...(secret === undefined ? {} : { [secret]: { type: 'string', description: 'shown once, in this answer only' } }),
  },
})

const operation = (command: Command) => ({
  operationId: command.name,
  summary: command.summary,
  tags: ['commands'],
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string', maxLength: 255 },
      description: 'A repeat with the same key returns the first answer.',
    },
  ],
  requestBody: { required: true, content: { 'application/json': { schema: command.input } } },
  responses: {
    200: { description: 'Done.', content: { 'application/json': { schema: answerSchema(command) } } },
    default: {
      description: 'Refused; `code` says why.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
})

/** The OpenAPI 3.1 document of the command catalogue: its schemas are the ones that requests are validated against. */
export const openApiDocument = (commands: readonly Command[], version: string): object => ({
  openapi: '3.1.0',
  info: { title: 'Waybill', version, description: 'Commands of Waybill. Reads are at /graphql.' },
  security: [{ basic: [] }, { bearer: [] }],
  paths: Object.fromEntries(commands.map((command) => [`/api/commands/${command.name}`, { post: operation(command) }])),
  components: {
    securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
    schemas: { Problem: problem },
  },
})
