import { execFile } from 'node:child_process'
import { resolve } from 'node:path'

const MOST_MS = 2000

/**
 * Has ext4 put what is made in the folder where there is most room, instead of beside the folder: `+T`, chattr(1). It looks for the
 * inode of a new file near its folder, and passes over every one that was freed within the last minutes, one by one: where others
 * delete many files, a file costs up to half a millisecond of processor time more. Only a hint: other file systems, and
 * machines without the program, go without.
 */
export const placeApart = (folder: string): Promise<void> =>
  new Promise((done) => {
    execFile('chattr', ['+T', resolve(folder)], { timeout: MOST_MS }, () => done())
  })
