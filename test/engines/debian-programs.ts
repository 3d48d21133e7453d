import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The folder of the server's programs, which Debian keeps off PATH. Throws where there is none. */
export const debianPrograms = async (): Promise<string> =>
  (await promisify(execFile)('pg_config', ['--bindir'])).stdout.trim()
