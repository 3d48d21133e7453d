import type { EventMetadata } from '../../domain/metadata.ts'
import type { FileEvent } from '../../domain/registry/file/events.ts'
import { file, type FileContent, type FileState, type Properties } from '../../domain/registry/file/file.ts'
import { byText } from './in-order.ts'

export interface ReplayedFile extends FileContent {
  readonly path: string
  readonly properties: Properties
  readonly storedAt: string
  /** Account id. */
  readonly storedBy: string
}

interface Folded {
  readonly state: FileState
  readonly storedAt: string
  readonly storedBy: string
}

/** The files of a repository. */
export class FoldedFiles {
  readonly #prefix: string | false
  readonly #files = new Map<string, Folded>()

  /** `prefix`: only paths that begin so; false: no files at all. */
  constructor(prefix: string | false) {
    this.#prefix = prefix
  }

  clear(): void {
    this.#files.clear()
  }

  take(event: FileEvent, { at, actor }: EventMetadata): void {
    const { path } = event.data
    if (this.#prefix === false || !path.startsWith(this.#prefix)) return
    const before = this.#files.get(path)
    const state = file.evolve(before?.state ?? file.initialState, event)
    if (state.status === 'absent') this.#files.delete(path)
    else if (event.type === 'FileStored') this.#files.set(path, { state, storedAt: at, storedBy: actor.id })
    else if (before !== undefined) this.#files.set(path, { ...before, state })
  }

  /** By path. */
  list(): readonly ReplayedFile[] {
    return [...this.#files]
      .flatMap(([path, { state, storedAt, storedBy }]) =>
        state.status === 'stored' ? [{ path, ...state.content, properties: state.properties, storedAt, storedBy }] : [],
      )
      .sort(byText(({ path }) => path))
  }
}
