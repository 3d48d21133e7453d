import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { runProgram, type Outcome } from './child-process.ts'
import { clientProgram, type ClientName } from './client-programs.ts'
import { ownEnvironment } from './own-environment.ts'

export interface RegistryClient {
  readonly home: string
  /** `input` is what a person would type, `env` is added to its own. */
  run(
    args: readonly string[],
    cwd: string,
    options?: { input?: string; env?: Readonly<Record<string, string>> },
  ): Promise<Outcome>
}

interface Registry {
  /** With a slash at the end. */
  readonly url: string
  readonly token: string
}

const TIMEOUT = 120_000

const made: string[] = []

afterAll(async () => {
  for (const home of made.splice(0)) await rm(home, { recursive: true, force: true })
})

const npmrc = (url: string, token: string): string =>
  `registry=${url}\n${url.replace(/^https?:/, '')}:_authToken=${token}\n`

const yarnrc = (url: string, token: string): string =>
  [
    `npmRegistryServer: "${url}"`,
    `npmAuthToken: "${token}"`,
    'npmAlwaysAuth: true',
    'npmMinimalAgeGate: 0',
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    '',
  ].join('\n')

/** As docs/guides/npm.md says, for each client in its own form and file. */
const settings = (name: ClientName, { url, token }: Registry): readonly [file: string, text: string] => {
  switch (name) {
    case 'npm-10':
    case 'pnpm':
      return ['.npmrc', npmrc(url, token)]
    case 'yarn-1':
      return ['.npmrc', `${npmrc(url, token)}always-auth=true\n`]
    case 'yarn-4':
      return ['.yarnrc.yml', yarnrc(url, token)]
    case 'bun':
      return ['.bunfig.toml', `[install]\nregistry = { url = "${url}", token = "${token}" }\n`]
  }
}

/** What keeps a client in its home, and from asking anybody for news. */
const environment = (home: string): Record<string, string> => ({
  HOME: home,
  XDG_CACHE_HOME: join(home, 'cache'),
  XDG_DATA_HOME: join(home, 'data'),
  XDG_STATE_HOME: join(home, 'state'),
  CI: 'true',
  npm_config_cache: join(home, 'cache', 'npm'),
  npm_config_globalconfig: join(home, 'global-npmrc'),
  npm_config_update_notifier: 'false',
  npm_config_audit: 'false',
  // what was published a moment ago is to be installed
  PNPM_CONFIG_MINIMUM_RELEASE_AGE: '0',
  PNPM_CONFIG_FETCH_RETRIES: '0',
  YARN_CACHE_FOLDER: join(home, 'cache', 'yarn'),
  YARN_ENABLE_TELEMETRY: 'false',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  YARN_NODE_LINKER: 'node-modules',
  YARN_ENABLE_GLOBAL_CACHE: 'false',
  BUN_INSTALL_CACHE_DIR: join(home, 'cache', 'bun'),
  DO_NOT_TRACK: '1',
})

/** A package manager of test/clients with a home, configuration and cache of its own, signed in to the registry. */
export const registryClient = async (name: ClientName, registry: Registry): Promise<RegistryClient> => {
  const home = await mkdtemp(join(tmpdir(), `waybill-${name}-`))
  made.push(home)
  const [file, text] = settings(name, registry)
  await writeFile(join(home, file), text, { mode: 0o600 })
  const { program, args: first } = clientProgram(name)
  return {
    home,
    run: (args, cwd, { input, env = {} } = {}) =>
      runProgram(program, [...first, ...args], {
        cwd,
        env: ownEnvironment({ ...environment(home), ...env }),
        timeout: TIMEOUT,
        ...(input === undefined ? {} : { input }),
      }),
  }
}
