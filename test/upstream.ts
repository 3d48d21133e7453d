import { tmpdir } from 'node:os'
import { runProgram } from './child-process.ts'

const asStrings = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined))

/**
 * The registry that this machine's npm client is configured with, asked for at run time and written down nowhere; ends
 * with a slash. Where real packages for tests come from.
 */
export const upstreamRegistry = async (): Promise<string> => {
  const { code, stdout, stderr } = await runProgram('npm', ['config', 'get', 'registry'], {
    cwd: tmpdir(),
    env: asStrings(process.env),
    timeout: 30_000,
  })
  if (code !== 0) throw new Error(`npm config get registry failed: ${stderr}`)
  return stdout.trim().replace(/\/?$/, '/')
}
