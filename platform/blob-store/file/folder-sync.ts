import { PlatformError } from '../../platform-error.ts'
import { disk, onDisk } from './disk.ts'

/** Makes the names in a folder durable. */
export interface FolderSync {
  /** Resolves after an fsync of the folder that began after this call. */
  sync(folder: string): Promise<void>
  close(): Promise<void>
}

interface Turn {
  readonly running: Promise<void>
  /** The fsync after the running one, shared by all who came meanwhile: the running one may have missed their names. */
  next?: Promise<void>
}

/** Keeps a descriptor of every folder it has synced: as many as there are fan-out folders. */
export const openFolderSync = (): FolderSync => {
  const descriptors = new Map<string, Promise<number>>()
  const turns = new Map<string, Turn>()
  let closed = false

  const descriptorOf = (folder: string): Promise<number> => {
    const known = descriptors.get(folder)
    if (known) return known
    const opening = disk.open(folder, 'r')
    descriptors.set(folder, opening)
    opening.catch(() => descriptors.delete(folder))
    return opening
  }

  const run = (folder: string): Promise<void> => {
    const running = onDisk(descriptorOf(folder).then((descriptor) => disk.fsync(descriptor))).finally(() => {
      if (!turn.next) turns.delete(folder)
    })
    const turn: Turn = { running }
    turns.set(folder, turn)
    return running
  }

  return {
    sync: (folder) => {
      if (closed) return Promise.reject(new PlatformError('unavailable', 'the blob store is closed'))
      const turn = turns.get(folder)
      if (!turn) return run(folder)
      const again = () => run(folder)
      return (turn.next ??= turn.running.then(again, again))
    },
    close: async () => {
      closed = true
      while (turns.size > 0) await Promise.allSettled([...turns.values()].map((turn) => turn.next ?? turn.running))
      const opened = await Promise.allSettled(descriptors.values())
      descriptors.clear()
      for (const one of opened) if (one.status === 'fulfilled') await disk.close(one.value)
    },
  }
}
