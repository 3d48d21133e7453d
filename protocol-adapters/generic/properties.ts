import type { IncomingMessage } from 'node:http'
import { setFileProperties } from '../../commands/registry/change-file.ts'
import { DomainError } from '../../domain/errors.ts'
import { callerOf, POSITION_HEADER } from '../http/caller.ts'
import { requireAction } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import type { GenericExchange, Operation } from './generic-request.ts'
import { cachingOf, requireFile } from './read-file.ts'

/** 64 properties of 2,048 characters, each as long as JSON can make it. */
const MOST_BYTES = 1_048_576

const readJson = async (body: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  // not destroyed when it is left early, so that the refusal still reaches the client
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new DomainError('too-large', `The properties are larger than ${MOST_BYTES} bytes.`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    throw new DomainError('invalid-input', 'The body is not JSON: send an object of keys and texts.')
  }
}

const replace = async (exchange: GenericExchange, path: string, read: () => Promise<unknown>) => {
  const { gateway, repository, request, reply, principal } = exchange
  requireAction(gateway, repository, 'write', path)
  const { project, repository: name } = repository
  // the command checks them: they are of no type before
  const properties = (await read()) as Record<string, string>
  const { position } = await gateway.run(
    setFileProperties,
    { project, repository: name, path, properties },
    callerOf(request, principal),
  )
  recordCommand(gateway, request, principal, setFileProperties.name)
  return reply.code(204).header(POSITION_HEADER, position).send()
}

/** `?properties`: the properties of a file as a JSON object. */
export const readProperties: Operation = async (exchange, path) => {
  const { properties } = await requireFile(exchange, path)
  return exchange.reply
    .type('application/json')
    .header('cache-control', cachingOf(exchange))
    .send(JSON.stringify(properties))
}

/** Puts the JSON object of the body in place of all the properties. */
export const putProperties: Operation = (exchange, path) =>
  replace(exchange, path, () => {
    exchange.takeBody()
    return readJson(exchange.request.raw)
  })

export const removeProperties: Operation = (exchange, path) => replace(exchange, path, () => Promise.resolve({}))
