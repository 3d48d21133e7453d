import { EXIT } from '../exit-codes.ts'
import { Failure, wrongCall } from '../failure.ts'
import { withClient } from '../known-server.ts'
import type { ServerArguments } from '../options.ts'
import { filePlace } from '../place.ts'
import { plain } from '../plain-text.ts'
import { openProgress } from '../progress.ts'
import type { Session } from '../session.ts'
import { atOnce } from './at-once.ts'
import { filesToUpload } from './files-to-upload.ts'
import { uploadFile, type Uploaded } from './upload-file.ts'

interface UploadArguments extends ServerArguments {
  readonly places: readonly string[]
  readonly jobs: number
  readonly createOnly: boolean
  readonly contentType: string | undefined
}

/** `waybill upload`: files, and folders with all that is in them, to a place in a generic repository. */
export const upload = (args: UploadArguments, session: Session): Promise<number> => {
  const sources = args.places.slice(0, -1)
  if (sources.length === 0)
    throw wrongCall('say what to upload, and then where to: waybill upload FILE project/repository/path')
  const target = filePlace(args.places.at(-1) ?? '')
  if (target.repository.includes('@')) throw wrongCall('the past cannot be written: leave out the @ and what follows')
  return withClient(args, session, async (client) => {
    const { output } = session
    const signal = session.interrupted()
    const files = await filesToUpload(sources, target)
    if (files.length === 0) throw new Failure('no-such-file', 'there are no files to upload', { exit: 'not-found' })
    const bar = openProgress(output, 'upload', files.reduce((sum, { size }) => sum + size, 0) * 2)
    const done: Uploaded[] = []
    let bytes = 0
    const read = (more: number): void => {
      bytes += more
      bar.at(bytes, `${done.length}/${files.length} files`)
    }
    const options = { createOnly: args.createOnly, contentType: args.contentType, signal, read }
    try {
      await atOnce(files, args.jobs, async (file) => {
        signal.throwIfAborted()
        const one = await uploadFile(client, file, options)
        done.push(one)
        if (!output.json) await output.say(plain(`${one.file} -> ${one.place} ${one.size} sha256:${one.sha256}`))
      })
    } finally {
      bar.stop()
      // what was done is told even when something else failed
      if (output.json) await output.document(done)
    }
    return EXIT.done[0]
  })
}
