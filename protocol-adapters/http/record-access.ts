import type { FastifyRequest } from 'fastify'
import type { Principal } from '../../domain/access/authorise.ts'
import type { InRepository } from '../../domain/names.ts'
import type { Gateway } from './gateway.ts'

const client = (request: FastifyRequest, principal: Principal | undefined) => ({
  accountId: principal?.accountId,
  address: request.ip,
  userAgent: request.headers['user-agent'] ?? '',
  correlationId: request.id,
})

/** Who pulled what. */
export const recordDownload = (
  { accessLog }: Gateway,
  request: FastifyRequest,
  principal: Principal | undefined,
  { repositoryId, project, repository }: InRepository,
  name: string,
  version = '',
): void => {
  accessLog.record({
    kind: 'download',
    ...client(request, principal),
    repositoryId,
    project,
    repository,
    name,
    version,
  })
}

/** From where a change came: the events say the rest, joined by correlationId. */
export const recordCommand = (
  { accessLog }: Gateway,
  request: FastifyRequest,
  principal: Principal | undefined,
  command: string,
): void => {
  accessLog.record({ kind: `command:${command}`, ...client(request, principal) })
}
