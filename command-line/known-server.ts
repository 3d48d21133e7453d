import { Failure, wrongCall } from './failure.ts'
import { readKept, type Kept } from './kept-credentials.ts'
import type { ServerArguments } from './options.ts'
import { firstLineOfInput } from './ask.ts'
import { openServerClient, type ServerClient } from './server-client.ts'
import type { Session } from './session.ts'

/** `http://host:port`, as the tokens are kept under it. */
const originOf = (text: string, from: string): string => {
  const url = URL.parse(text)
  const plainAddress =
    url !== null && url.pathname === '/' && url.search === '' && url.username === '' && url.hash === ''
  if (!plainAddress || !/^https?:$/.test(url.protocol))
    throw wrongCall(`${from} is not the address of a server, like https://waybill.example`)
  return url.origin
}

/** The server that a call is for: named by an option, by the environment, or the one that was signed in to last. */
export const findServer = (named: string | undefined, kept: Kept): string | undefined => {
  const fromEnvironment = process.env.WAYBILL_SERVER
  if (named !== undefined) return originOf(named, named)
  if (fromEnvironment) return originOf(fromEnvironment, `WAYBILL_SERVER (${fromEnvironment})`)
  return kept.server === undefined ? undefined : originOf(kept.server, `${kept.server}, which login kept,`)
}

export const requireServer = (named: string | undefined, kept: Kept): string => {
  const server = findServer(named, kept)
  if (server === undefined)
    throw wrongCall('say which server: --server URL, WAYBILL_SERVER, or waybill login --server URL')
  return server
}

/** A token must be one line of visible characters, or the header could not be sent. */
const checkedToken = (token: string): string => {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Failure('usage', 'the token has characters that no token has', { exit: 'usage' })
  return token
}

const findToken = async (server: string, { tokenStdin }: ServerArguments, kept: Kept): Promise<string | undefined> => {
  if (tokenStdin) return checkedToken(await firstLineOfInput('token'))
  const fromEnvironment = process.env.WAYBILL_TOKEN
  if (fromEnvironment) return checkedToken(fromEnvironment)
  return kept.tokens[server]?.token
}

const clientOf = async (server: string, args: ServerArguments, kept: Kept, session: Session): Promise<ServerClient> => {
  const token = await findToken(server, args, kept)
  return openServerClient({
    origin: server,
    authorization: token === undefined ? undefined : `Bearer ${token}`,
    signal: session.interrupted(),
    note: (line) => session.output.note(line),
  })
}

/** The client of the server that a call names, or undefined when it and everything around it names none. */
export const findClient = async (args: ServerArguments, session: Session): Promise<ServerClient | undefined> => {
  const kept = await readKept(process.env)
  const server = findServer(args.server, kept)
  return server === undefined ? undefined : clientOf(server, args, kept, session)
}

/** Does work with the client of the server that a call names. */
export const withClient = async <Result>(
  args: ServerArguments,
  session: Session,
  work: (client: ServerClient) => Promise<Result>,
): Promise<Result> => {
  const kept = await readKept(process.env)
  const client = await clientOf(requireServer(args.server, kept), args, kept, session)
  try {
    return await work(client)
  } finally {
    client.close()
  }
}
