import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireClient } from '../client-programs.ts'

interface Handler {
  readonly path: string
  readonly fn: (body: string) => Promise<Answer> | Answer
}
interface Answer {
  readonly statusCode: number
  readonly response: string | Uint8Array
  readonly contentType?: string
}
interface Authority {
  readonly rootCertificate: Uint8Array
}
interface Log {
  readonly publicKey: Buffer
  readonly logID: Uint8Array
}

/** What is used of `@sigstore/mock`: a certificate authority and logs with keys of their own, and their services. */
interface Fulcio {
  initializeCTLog(keys: KeyPairKeyObjectResult): Promise<Log>
  initializeCA(keys: KeyPairKeyObjectResult, log: Log): Promise<Authority>
  fulcioHandler(authority: Authority): Handler
}
interface Rekor {
  initializeTLog(url: string, keys: KeyPairKeyObjectResult): Promise<Log>
  rekorHandler(log: Log): Handler
}
interface Repository {
  readonly rootMeta: { toJSON(): unknown }
}
interface Repositories {
  initializeTUFRepo(targets: readonly { readonly name: string; readonly content: string }[]): Repository
}
interface RepositoryHandlers {
  tufHandlers(repository: Repository, options: object): readonly Handler[]
}
interface Sign {
  readonly DSSEBundleBuilder: new (options: object) => {
    create(artifact: { readonly data: Buffer; readonly type: string }): Promise<unknown>
  }
  readonly FulcioSigner: new (options: object) => object
  readonly RekorWitness: new (options: object) => object
}
interface Bundles {
  bundleToJSON(bundle: unknown): object
}

const keys = (): KeyPairKeyObjectResult => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

/** A token of a build service; the authority of the test believes whatever it says. */
const identity = (): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [part({ alg: 'none' }), part({ sub: 'build@example.org', iss: 'http://issuer.example.org' }), ''].join('.')
}

/** The trust root of https://github.com/sigstore/protobuf-specs, `TrustedRoot`. */
const trustedRoot = (authority: Authority, certificates: Log, entries: Log, url: string): string => {
  const validFor = { start: '2020-01-01T00:00:00Z' }
  const log = (publicKey: Buffer, keyId: Uint8Array) => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: publicKey.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: Buffer.from(keyId).toString('base64') },
  })
  const rawBytes = Buffer.from(authority.rootCertificate).toString('base64')
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(entries.publicKey, createHash('sha256').update(entries.publicKey).digest())],
    ctlogs: [log(certificates.publicKey, new Uint8Array(certificates.logID))],
    certificateAuthorities: [
      {
        subject: { organization: 'test', commonName: 'test' },
        uri: url,
        certChain: { certificates: [{ rawBytes }] },
        validFor,
      },
    ],
    timestampAuthorities: [],
  })
}

/**
 * Sigstore's services (a certificate authority, a transparency log and the root of trust) with keys of their own, from the
 * mocks that sigstore itself is tested with.
 */
export const ownSigstore = async () => {
  // their parts, because the packages as a whole put themselves between this process and its every request
  const fulcio = requireClient('@sigstore/mock/dist/fulcio') as Fulcio
  const rekor = requireClient('@sigstore/mock/dist/rekor') as Rekor
  const { initializeTUFRepo } = requireClient('@tufjs/repo-mock/dist/repo') as Repositories
  const { tufHandlers } = requireClient('@tufjs/repo-mock/dist/handler') as RepositoryHandlers
  const { DSSEBundleBuilder, FulcioSigner, RekorWitness } = requireClient('@sigstore/sign') as Sign
  const { bundleToJSON } = requireClient('@sigstore/bundle') as Bundles

  const handlers = new Map<string, Handler['fn']>()
  const server = createServer((request, response) => {
    const answer = async (): Promise<Answer> => {
      const body = Buffer.concat(await request.toArray()).toString()
      return (await handlers.get(request.url ?? '')?.(body)) ?? { statusCode: 404, response: '' }
    }
    void answer().then(({ statusCode, response: text, contentType = 'application/octet-stream' }) =>
      response.writeHead(statusCode, { 'content-type': contentType }).end(text),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const authorityKeys = keys()
  const certificates = await fulcio.initializeCTLog(authorityKeys)
  const authority = await fulcio.initializeCA(authorityKeys, certificates)
  const entries = await rekor.initializeTLog(url, keys())
  const root = trustedRoot(authority, certificates, entries, url)
  const repository = initializeTUFRepo([{ name: 'trusted_root.json', content: root }])
  for (const { path, fn } of [
    fulcio.fulcioHandler(authority),
    rekor.rekorHandler(entries),
    ...tufHandlers(repository, { metadataPathPrefix: '' }),
  ])
    handlers.set(path, fn)

  const folder = await mkdtemp(join(tmpdir(), 'waybill-sigstore-'))
  const rootFile = join(folder, 'root.json')
  await writeFile(rootFile, JSON.stringify(repository.rootMeta.toJSON()))

  const builder = new DSSEBundleBuilder({
    signer: new FulcioSigner({ fulcioBaseURL: url, identityProvider: { getToken: () => Promise.resolve(identity()) } }),
    witnesses: [new RekorWitness({ rekorBaseURL: url, entryType: 'intoto' })],
  })

  return {
    /** What makes npm trust these services. */
    env: {
      NODE_OPTIONS: `--require=${join(import.meta.dirname, 'trust-own-sigstore.cjs')}`,
      OWN_SIGSTORE_URL: url,
      OWN_SIGSTORE_ROOT: rootFile,
    },
    /** A signed SLSA provenance, as a build service makes it. `sha512`: of the tarball, in hex. */
    provenance: async (name: string, sha512: string): Promise<object> => {
      const statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name, digest: { sha512 } }],
        predicateType: 'https://slsa.dev/provenance/v1',
        predicate: { buildDefinition: { buildType: 'http://example.org/build' } },
      }
      const data = Buffer.from(JSON.stringify(statement))
      return bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' }))
    },
    close: async (): Promise<void> => {
      await new Promise((resolve) => server.close(resolve).closeAllConnections())
      await rm(folder, { recursive: true, force: true })
    },
  }
}
