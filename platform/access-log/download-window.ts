/** Who downloads, as the access log keeps it. */
export interface Downloader {
  readonly accountId: string | undefined
  readonly address: string
  readonly userAgent: string
}

/** What is downloaded: a version of a package, or a file, whose path is the name. */
export interface Download {
  readonly project: string
  readonly repository: string
  readonly repositoryId: string
  readonly name: string
  readonly version: string
}

export interface CountedDownload {
  readonly by: Downloader
  readonly what: Download
  readonly count: number
}

/** Downloads since the last `take`, counted by the identity of their two objects. */
export class DownloadWindow {
  #counts = new Map<Download, Map<Downloader, number>>()
  /** Different pairs held. */
  size = 0

  count(by: Downloader, what: Download): void {
    const counts = this.#counts.get(what) ?? new Map<Downloader, number>()
    const before = counts.get(by)
    if (before === undefined) this.size += 1
    counts.set(by, (before ?? 0) + 1)
    if (counts.size === 1) this.#counts.set(what, counts)
  }

  take(): CountedDownload[] {
    const taken = [...this.#counts].flatMap(([what, counts]) => [...counts].map(([by, count]) => ({ by, what, count })))
    this.#counts = new Map()
    this.size = 0
    return taken
  }
}
