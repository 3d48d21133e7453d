import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { runProgram, type Outcome } from './child-process.ts'
import { ownEnvironment } from './own-environment.ts'

export interface NpmClient {
  readonly home: string
  /** The user configuration that `npm login` writes to. */
  readonly userConfig: string
  /** Runs npm in `cwd` against the registry; `input` is what a person would type, `env` is added to its own. */
  run(
    args: readonly string[],
    cwd: string,
    options?: { input?: string; env?: Readonly<Record<string, string>>; timeout?: number },
  ): Promise<Outcome>
}

const made: string[] = []

afterAll(async () => {
  for (const home of made.splice(0)) await rm(home, { recursive: true, force: true })
})

/** The part of a registry's URL that npm keeps its credentials under. */
const credentialScope = (registry: string): string => registry.replace(/^https?:/, '').replace(/\/?$/, '/')

const userConfig = (registry: string, token: string | undefined): string =>
  [
    `registry=${registry}`,
    ...(token === undefined ? [] : [`${credentialScope(registry)}:_authToken=${token}`]),
    '',
  ].join('\n')

/**
 * The npm on PATH with a home, configuration and cache of its own (in `home`, or in a folder that is removed after the
 * tests), so that nothing comes from the person's settings or from the cache of an earlier run.
 */
export const npmClient = async (options: { registry: string; home?: string; token?: string }): Promise<NpmClient> => {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'waybill-npm-')))
  if (options.home === undefined) made.push(home)
  const config = join(home, 'npmrc')
  await mkdir(join(home, 'cache'), { recursive: true })
  await writeFile(config, userConfig(options.registry, options.token), { mode: 0o600 })
  const env = ownEnvironment({
    HOME: home,
    npm_config_userconfig: config,
    npm_config_globalconfig: join(home, 'global-npmrc'),
    npm_config_cache: join(home, 'cache'),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_fetch_retries: '0',
    // Ours is http on 127.0.0.1: a proxy of the machine must not come between.
    npm_config_noproxy: '127.0.0.1,localhost',
  })
  return {
    home,
    userConfig: config,
    run: (args, cwd, { input, env: more = {}, timeout = 120_000 } = {}) =>
      runProgram('npm', args, { cwd, env: { ...env, ...more }, timeout, ...(input === undefined ? {} : { input }) }),
  }
}
