import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { clientProgram, installedVersion, INSTALL_CLIENTS, type ClientName } from './client-programs.ts'
import { debianPrograms } from './engines/debian-programs.ts'
import { versityProgram } from './s3/versity-program.ts'

/**
 * The real servers and clients that tests run against. A test asks for one by `need`, which records the answer, so that
 * the end of a run says what was tested with and what could not be, and why.
 */
export interface Tool {
  readonly purpose: string
  /** What a person does to get it; printed when it is missing. */
  readonly install: string
  /** The version found, or a throw that says why there is none. */
  probe(): Promise<string>
  /** True for what a machine may well lack for ever, such as an old version: WAYBILL_TEST_REQUIRE does not ask for it. */
  readonly optional?: boolean
}

export type ToolName = keyof typeof tools

export interface Found {
  /** True: leave the test out (`describe.skipIf(npm.missing)`); never true with WAYBILL_TEST_REQUIRE=all. */
  readonly missing: boolean
  readonly version: string
}

export interface ToolRecord {
  readonly name: string
  readonly version?: string
  readonly reason?: string
}

const run = promisify(execFile)

const firstLineOf = async (program: string, ...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run(program, args, { timeout: 20_000 })
  return (stdout || stderr).trim().split('\n')[0] ?? ''
}

/** The path of the first `node` on PATH that is older than 24: its version is asked for where it is used. */
const findOlderNode = async (): Promise<string> => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node')
    if (existsSync(node) && Number(/^v(\d+)/.exec(await firstLineOf(node, '--version'))?.[1]) < 24) return node
  }
  throw new Error('every node on PATH is 24 or newer')
}

/** A package manager of test/clients: its program runs, and says its version. */
const installedClient = (name: ClientName, purpose: string): Tool => ({
  purpose,
  install: INSTALL_CLIENTS,
  probe: async () => {
    const { package: from, program, args } = clientProgram(name)
    await firstLineOf(program, ...args, '--version')
    return installedVersion(from)
  },
})

export const tools = {
  npm: {
    purpose: 'the npm client: publish, install, login',
    install: 'npm comes with Node.js',
    probe: () => firstLineOf('npm', '--version'),
  },
  upstream: {
    purpose: "real packages from the npm client's own registry",
    install: 'npm must reach the registry it is configured with',
    probe: async () =>
      (await run('npm', ['view', 'is-number@7.0.0', 'version'], { timeout: 60_000 })).stdout.trim() && 'reachable',
  },
  'npm 10': installedClient('npm-10', 'what the npm client asked up to version 10: hooks, tokens that only read'),
  pnpm: installedClient('pnpm', 'publish and install with pnpm'),
  'yarn 1': installedClient('yarn-1', 'publish and install with yarn 1'),
  'yarn 4': installedClient('yarn-4', 'publish and install with yarn 4'),
  bun: installedClient('bun', 'publish and install with bun'),
  'sigstore mock': {
    purpose: 'provenance that the npm client verifies',
    install: INSTALL_CLIENTS,
    probe: () => Promise.resolve(installedVersion('@sigstore/mock')),
  },
  'postgres 15': {
    purpose: 'an external Postgres, of the oldest version that Waybill takes',
    install: 'apt-get install postgresql',
    probe: async () => firstLineOf(join(await debianPrograms(), 'postgres'), '--version'),
  },
  EventStoreDB: {
    purpose: 'a real EventStoreDB or KurrentDB beside its double',
    install: 'run one and name it by WAYBILL_TEST_EVENTSTORE=esdb://...',
    probe: () =>
      process.env.WAYBILL_TEST_EVENTSTORE === undefined
        ? Promise.reject(new Error('no server is named by WAYBILL_TEST_EVENTSTORE=esdb://...'))
        : Promise.resolve('named by WAYBILL_TEST_EVENTSTORE'),
    optional: true,
  },
  versitygw: {
    purpose: 'blobs on an S3 server',
    install:
      'GOBIN=<a folder on PATH or in WAYBILL_TEST_TOOLS> go install github.com/versity/versitygw/cmd/versitygw@v1.8.0',
    probe: () => firstLineOf(versityProgram(), '--version'),
  },
  'nats-server': {
    purpose: 'jobs and live events on NATS JetStream',
    install: 'apt-get install nats-server',
    probe: async () => (await firstLineOf('nats-server', '--version')).replace('nats-server: v', ''),
  },
  'older node': {
    purpose: 'starting from a Node.js that is too old to run Waybill itself',
    install: 'a Node.js 20 or 22 on PATH, behind the one that comes with the project',
    probe: () => findOlderNode(),
    optional: true,
  },
  script: {
    purpose: 'Ctrl-C in a terminal',
    install: 'apt-get install bsdutils',
    probe: () => firstLineOf('script', '--version'),
  },
  setpriv: {
    purpose: 'running as an ordinary user when the tests run as root',
    install: 'apt-get install util-linux',
    probe: () => firstLineOf('setpriv', '--version'),
  },
  unshare: {
    purpose: 'running as root by a user namespace',
    install: 'apt-get install util-linux',
    probe: () => firstLineOf('unshare', '--version'),
  },
} as const satisfies Record<string, Tool>

/** What was asked for is also what is recorded: the file is named by the run (see tested-with.ts). */
const record = (entry: ToolRecord): void => {
  const file = process.env.WAYBILL_TEST_RECORD
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(entry)}\n`)
}

/** Probes one tool and records the answer. Throws when it is missing and WAYBILL_TEST_REQUIRE=all. */
export const askFor = async (name: string, tool: Tool): Promise<Found> => {
  try {
    const version = await tool.probe()
    record({ name, version })
    return { missing: false, version }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    record({ name, reason })
    if (process.env.WAYBILL_TEST_REQUIRE === 'all' && tool.optional !== true) {
      throw new Error(`WAYBILL_TEST_REQUIRE=all, but ${name} is missing (${reason}): ${tool.install}`, { cause: error })
    }
    return { missing: true, version: '' }
  }
}

const asked = new Map<ToolName, Promise<Found>>()

/** Finds a tool and records that this run tested with it, or that it could not. Throws when missing and all are required. */
export const need = (name: ToolName): Promise<Found> => {
  const known = asked.get(name) ?? askFor(name, tools[name])
  asked.set(name, known)
  return known
}

/** For servers that a test starts itself, such as the embedded Postgres: records that it was tested with. */
export const testedWith = (name: string, version: string): void => record({ name, version })

/** What this run leaves out on purpose; printed at its end. */
export const notTested = (name: string, reason: string): void => record({ name, reason })

export const readRecords = (file: string): ToolRecord[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ToolRecord)
