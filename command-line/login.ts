import { hostname } from 'node:os'
import { ask, canAsk, firstLineOfInput } from './ask.ts'
import { EXIT } from './exit-codes.ts'
import { Failure, wrongCall } from './failure.ts'
import { readKept, writeKept, type Kept } from './kept-credentials.ts'
import { requireServer } from './known-server.ts'
import { openServerClient } from './server-client.ts'
import type { Session } from './session.ts'

interface LoginArguments {
  readonly server: string | undefined
  readonly account: string | undefined
  readonly passwordStdin: boolean
  readonly name: string | undefined
}

const clientOf = (origin: string, authorization: string, { output, interrupted }: Session) =>
  openServerClient({ origin, authorization, signal: interrupted(), note: (line) => output.note(line) })

const without = ({ server, tokens }: Kept, origin: string): Kept => {
  const { [origin]: _, ...others } = tokens
  return { server, tokens: others }
}

const askFor = async (what: string, hidden: boolean): Promise<string> => {
  if (!canAsk()) throw wrongCall(`there is nobody to ask for the ${what}: give --account and --password-stdin`)
  const answer = await ask(`${what}: `, { hidden })
  if (answer === '') throw wrongCall(`the ${what} is empty`)
  return answer
}

/** `waybill login`: makes a token by account and password, and keeps it for this server. */
export const login = async (args: LoginArguments, session: Session): Promise<number> => {
  const kept = await readKept(process.env)
  const server = requireServer(args.server, kept)
  const account = args.account ?? (await askFor('account', false))
  const password = args.passwordStdin ? await firstLineOfInput('password') : await askFor('password', true)
  const basic = Buffer.from(`${account}:${password}`).toString('base64')
  const client = clientOf(server, `Basic ${basic}`, session)
  try {
    const name = args.name ?? `waybill command on ${hostname()}`
    const { id, token } = await client.command('CreateToken', { name })
    const made = { token: String(token), tokenId: String(id), account }
    await writeKept(process.env, { server, tokens: { ...kept.tokens, [server]: made } })
  } finally {
    client.close()
  }
  if (session.output.json) await session.output.document({ server, account })
  else await session.output.say(`signed in to ${server} as ${account}`)
  return EXIT.done[0]
}

/** `waybill logout`: ends the token that login made for this server. It is forgotten here even when the server cannot be told. */
export const logout = async (args: Pick<LoginArguments, 'server'>, session: Session): Promise<number> => {
  const kept = await readKept(process.env)
  const server = requireServer(args.server, kept)
  const { token, tokenId } = kept.tokens[server] ?? {}
  if (token === undefined) throw wrongCall(`nobody is signed in to ${server} here`)
  const rest = without(kept, server)
  await writeKept(process.env, kept.server === server ? { ...rest, server: undefined } : rest)
  session.output.note(`the token of ${server} is forgotten here`)
  const client = clientOf(server, `Bearer ${token}`, session)
  try {
    await client.command('RevokeToken', { id: tokenId })
  } catch (error) {
    // it was revoked, or has expired, before
    if (!(error instanceof Failure) || error.code !== 'unauthenticated') throw error
  } finally {
    client.close()
  }
  if (session.output.json) await session.output.document({ server })
  else await session.output.say(`signed out of ${server}`)
  return EXIT.done[0]
}
