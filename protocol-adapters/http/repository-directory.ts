import type { Sql } from 'postgres'
import { FreshCache } from '../../platform/event-store/fresh-cache.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import type { ReadModelProgress } from '../../projections/read-models.ts'
import { findRepository, type RepositoryRow } from '../../projections/repositories/queries.ts'

interface Named {
  readonly project: string
  readonly repository: string
}

const ABSENT = 'absent'

/** Repositories by name as they are now, from memory while the log confirms that it is still so. */
export class RepositoryDirectory {
  readonly #sql: Sql
  readonly #cache: FreshCache<RepositoryRow | typeof ABSENT>

  constructor(sql: Sql, tail: Tail, progress: ReadModelProgress) {
    this.#sql = sql
    this.#cache = new FreshCache({
      tail,
      ready: (position) => progress.reached(position),
      affects: ({ type, data }) => {
        if (!type.startsWith('Repository')) return undefined
        const { project, repository } = data as Named
        return [`${project}/${repository}`]
      },
      maxEntries: 10_000,
    })
  }

  /** By `project/repository`, at once when it is known for sure; undefined: ask `find`. */
  peek(path: string): RepositoryRow | undefined {
    const known = this.#cache.peek(path)
    return known === ABSENT ? undefined : known
  }

  async find(project: string, repository: string): Promise<RepositoryRow | undefined> {
    const found = await this.#cache.get(
      `${project}/${repository}`,
      async () => (await findRepository(this.#sql, project, repository)) ?? ABSENT,
    )
    return found === ABSENT ? undefined : found
  }
}
