import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** What `.ci/run` installs, in the folder where it does so; a person may have it on PATH or name a folder. */
export const versityProgram = (): string => {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    process.env.WAYBILL_TEST_TOOLS ?? '',
    join(homedir(), '.cache', 'waybill-tools', 'bin'),
  ]
  const found = folders.filter((folder) => folder !== '').map((folder) => join(folder, 'versitygw'))
  const program = found.find((path) => existsSync(path))
  if (program === undefined) throw new Error('versitygw is neither on PATH nor in $WAYBILL_TEST_TOOLS')
  return program
}
