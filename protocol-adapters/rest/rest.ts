import type { FastifyPluginAsync } from 'fastify'
import type { Command } from '../../commands/command.ts'
import { DomainError } from '../../domain/errors.ts'
import { callerOf, POSITION_HEADER, principalOf, waitForPosition } from '../http/caller.ts'
import { recordCommand } from '../http/record-access.ts'
import type { Gateway } from '../http/gateway.ts'
import { sendProblem } from '../http/problem.ts'
import { asyncApiDocument } from './asyncapi.ts'
import { openApiDocument } from './openapi.ts'

const MAX_BODY_BYTES = 1_048_576

/** `POST /api/commands/{Name}` for every public command of the catalogue, and the documents that describe them and the events. */
export const rest = (gateway: Gateway, catalogue: readonly Command[], version: string): FastifyPluginAsync => {
  const commands = catalogue.filter(({ internal }) => internal !== true)
  const byName = new Map(commands.map((command) => [command.name, command]))
  const document = JSON.stringify(openApiDocument(commands, version))
  const events = JSON.stringify(asyncApiDocument(version))

  return async (app) => {
    app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))

    app.get('/api/openapi.json', (_, reply) => reply.type('application/json').send(document))
    app.get('/api/asyncapi.json', (_, reply) => reply.type('application/json').send(events))

    app.post<{ Params: { name: string } }>(
      '/api/commands/:name',
      { bodyLimit: MAX_BODY_BYTES },
      async (request, reply) => {
        const principal = await principalOf(gateway, request)
        const command = byName.get(request.params.name)
        if (command === undefined) {
          if (principal === undefined) throw new DomainError('unauthenticated', 'Credentials are needed for commands.')
          throw new DomainError('not-found', `There is no command ${request.params.name}.`)
        }
        await waitForPosition(gateway, request, reply)
        const result = await gateway.run(command, request.body, callerOf(request, principal))
        recordCommand(gateway, request, principal, command.name)
        return reply.header(POSITION_HEADER, result.position).send(result)
      },
    )
  }
}
