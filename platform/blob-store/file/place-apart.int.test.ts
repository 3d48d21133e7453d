import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore, tempFolder } from '../../../test/blob-store/file-store.ts'

/** As lsattr(1) shows them; none where there is no such program, or the file system has no flags. */
const flagsOf = (folder: string): string => {
  try {
    return (
      execFileSync('lsattr', ['-d', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(' ')[0] ??
      ''
    )
  } catch {
    return ''
  }
}

it('has the parts of a new store placed apart from its neighbours, where the file system can', async () => {
  await using temp = await tempFolder()
  const [byHand, store] = [join(temp.path, 'by-hand'), join(temp.path, 'store')]
  mkdirSync(byHand)
  try {
    execFileSync('chattr', ['+T', byHand], { stdio: 'ignore' })
  } catch {
    // not here: then the store goes without as well
  }
  await (await openStore(store)).close()
  expect(flagsOf(store)).toBe(flagsOf(byHand))
})
