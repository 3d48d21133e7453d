import { stat } from 'node:fs/promises'
import { EXIT } from '../exit-codes.ts'
import { wrongCall } from '../failure.ts'
import { withClient } from '../known-server.ts'
import type { ServerArguments } from '../options.ts'
import { filePlace, isFolder, type FilePlace } from '../place.ts'
import { plain } from '../plain-text.ts'
import { openProgress } from '../progress.ts'
import type { Session } from '../session.ts'
import { atOnce } from './at-once.ts'
import { downloadFile, downloadTo, type Downloaded } from './download-file.ts'
import { filesToDownload, type FileToDownload } from './files-to-download.ts'

interface DownloadArguments extends ServerArguments {
  readonly places: readonly string[]
  readonly output: string | undefined
  readonly jobs: number
}

/** What cannot be looked at is no folder for us: writing there says why. */
const isFolderHere = async (path: string): Promise<boolean> =>
  path.endsWith('/') || ((await stat(path).catch(() => undefined))?.isDirectory() ?? false)

/** Where to: a single file may be given a name, everything else goes into a folder. */
const targetOf = async (places: readonly FilePlace[], output: string | undefined) => {
  const [first] = places
  if (output === undefined) return { into: '.' }
  const single = places.length === 1 && first !== undefined && !isFolder(first)
  return single && !(await isFolderHere(output)) ? { into: '.', as: output } : { into: output }
}

const refuseSameTarget = (files: readonly FileToDownload[]): void => {
  const seen = new Set<string>()
  for (const { target } of files) {
    if (seen.has(target)) throw wrongCall(`two of the files would both become ${target}`)
    seen.add(target)
  }
}

/** `waybill download`: files, and folders with all that is in them, from generic repositories. */
export const download = (args: DownloadArguments, session: Session): Promise<number> => {
  const places = args.places.map(filePlace)
  const toOutput = args.output === '-'
  if (toOutput && (places.length > 1 || places.some(isFolder)))
    throw wrongCall('only a single file can go to standard output')
  if (toOutput && session.output.json) throw wrongCall('--json and --output - contradict each other')
  return withClient(args, session, async (client) => {
    const { output } = session
    const signal = session.interrupted()
    const files = await filesToDownload(client, places, await targetOf(places, args.output))
    refuseSameTarget(files)
    const bar = openProgress(
      output,
      'download',
      files.reduce((sum, { size }) => sum + size, 0),
    )
    const done: Downloaded[] = []
    let bytes = 0
    const read = (more: number): void => {
      bytes += more
      bar.at(bytes, `${done.length}/${files.length} files`)
    }
    try {
      await atOnce(files, args.jobs, async (file) => {
        signal.throwIfAborted()
        if (toOutput) return downloadTo(client, file, (chunk) => output.write(chunk), { signal, read })
        const one = await downloadFile(client, file, { signal, read })
        done.push(one)
        const how = one.unchanged ? ' (is here already)' : ''
        if (!output.json) await output.say(plain(`${one.place} -> ${one.file} ${one.size} sha256:${one.sha256}${how}`))
      })
    } finally {
      bar.stop()
      // what was done is told even when something else failed
      if (output.json) await output.document(done)
    }
    return EXIT.done[0]
  })
}
