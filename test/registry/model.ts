import type { ErrorCode } from '../../domain/errors.ts'
import type { InFile, InVersion, Repository, Step } from './steps.ts'

interface ModelRepository {
  readonly id: string
  readonly generic: boolean
  overwrite: boolean
}

interface ModelVersion {
  readonly content: number
  readonly deprecated: string | undefined
  readonly yanked: string | undefined
}

interface ModelFile {
  readonly content: number
  readonly os: string | undefined
}

const keyOf = (...parts: readonly string[]): string => parts.join(' ')

const without = (codes: ErrorCode | undefined, then: () => ErrorCode | undefined): ErrorCode | undefined =>
  codes ?? then()

/**
 * What a registry is, told a second time and as plainly as can be: maps in memory, without events. What the product does is
 * compared with it, so it takes nothing from the product but the names of its refusals.
 */
export class RegistryModel {
  readonly repositories = new Map<Repository, ModelRepository>()
  readonly versions = new Map<string, ModelVersion>()
  readonly tags = new Map<string, string>()
  readonly files = new Map<string, ModelFile>()
  /** Versions that were removed: their numbers are taken. */
  readonly #removed = new Set<string>()

  /** Carries the step out, or says by which code it is refused. `newId`: of the repository that it creates. */
  take(step: Exclude<Step, { do: 'repeat' }>, newId: string): ErrorCode | undefined {
    const repository = this.repositories.get(step.repository)
    if (step.do === 'CreateRepository') {
      if (repository !== undefined) return 'already-exists'
      const generic = step.repository !== 'npm'
      this.repositories.set(step.repository, { id: newId, generic, overwrite: step.overwrite })
      return undefined
    }
    if (repository === undefined) return 'not-found'
    switch (step.do) {
      case 'UpdateRepository':
        repository.overwrite = step.overwrite
        return undefined
      case 'DeleteRepository':
        this.repositories.delete(step.repository)
        return undefined
      case 'PublishPackageVersion':
        return this.#publish(step, repository)
      case 'DeprecateVersion':
        return this.#change(step, repository, { deprecated: step.text })
      case 'YankVersion':
        return this.#change(step, repository, { yanked: step.text })
      case 'DeleteVersion':
        return without(this.#change(step, repository, {}), () => {
          const key = keyOf(repository.id, step.package, step.version)
          this.versions.delete(key)
          this.#removed.add(key)
          return undefined
        })
      case 'SetTag':
        return without(this.#change(step, repository, {}), () => {
          this.tags.set(keyOf(repository.id, step.package, step.tag), step.version)
          return undefined
        })
      case 'RemoveTag':
        this.tags.delete(keyOf(repository.id, step.package, step.tag))
        return undefined
      case 'StoreFile': {
        const there = this.files.get(keyOf(repository.id, step.path))
        if (!repository.generic) return 'unsupported'
        if (this.#belowFile(repository, step.path)) return 'path-conflict'
        if (step.onlyIf && there?.content !== step.content) return 'precondition-failed'
        if (step.createOnly && there !== undefined) return 'precondition-failed'
        return this.#store(repository, step.path, { content: step.content, os: undefined })
      }
      case 'SetFileProperties':
        return this.#withFile(repository, step, (there, key) => void this.files.set(key, { ...there, os: step.os }))
      case 'DeleteFile':
        return this.#withFile(repository, step, (there, key) => {
          if (step.onlyIf && there.content !== 0) return 'precondition-failed'
          this.files.delete(key)
          return undefined
        })
      case 'CopyFile':
      case 'MoveFile':
        return this.#withFile(repository, step, (there, key) => {
          const target = this.repositories.get(step.toRepository)
          if (target === undefined) return 'not-found'
          if (!target.generic) return 'unsupported'
          if (target === repository && step.path === step.toPath) return 'invalid-input'
          if (this.#belowFile(target, step.toPath)) return 'path-conflict'
          return without(this.#store(target, step.toPath, there), () => {
            if (step.do === 'MoveFile') this.files.delete(key)
            return undefined
          })
        })
    }
  }

  #publish(
    step: InVersion & { content: number; tags: readonly string[] },
    { id, generic, overwrite }: ModelRepository,
  ) {
    const key = keyOf(id, step.package, step.version)
    if (generic) return 'unsupported'
    if ((this.versions.has(key) || this.#removed.has(key)) && !overwrite) return 'version-immutable'
    this.#removed.delete(key)
    this.versions.set(key, { content: step.content, deprecated: undefined, yanked: undefined })
    for (const tag of step.tags) this.tags.set(keyOf(id, step.package, tag), step.version)
    return undefined
  }

  #change(step: InVersion, { id }: ModelRepository, fields: Partial<ModelVersion>): ErrorCode | undefined {
    const key = keyOf(id, step.package, step.version)
    const version = this.versions.get(key)
    if (version === undefined) return 'not-found'
    this.versions.set(key, { ...version, ...fields })
    return undefined
  }

  #belowFile({ id }: ModelRepository, path: string): boolean {
    return [...this.files.keys()].some((key) => keyOf(id, path).startsWith(`${key}/`))
  }

  #store({ id, overwrite }: ModelRepository, path: string, file: ModelFile): ErrorCode | undefined {
    if (this.files.has(keyOf(id, path)) && !overwrite) return 'already-exists'
    this.files.set(keyOf(id, path), file)
    return undefined
  }

  #withFile(
    { id }: ModelRepository,
    { path }: InFile,
    change: (file: ModelFile, key: string) => ErrorCode | undefined,
  ): ErrorCode | undefined {
    const key = keyOf(id, path)
    const file = this.files.get(key)
    return file === undefined ? 'not-found' : change(file, key)
  }

  /** What the tables must show: a line for everything there is, in order. */
  rows(): readonly string[] {
    const repositories = [...this.repositories].map(
      ([name, { id, overwrite }]) => `repository ${name} ${id} ${overwrite}`,
    )
    const versions = [...this.versions].map(
      ([key, { content, deprecated, yanked }]) => `version ${key} ${content} ${deprecated ?? '-'} ${yanked ?? '-'}`,
    )
    const counts = new Map<string, number>()
    for (const key of this.versions.keys()) {
      const name = key.split(' ').slice(0, 2).join(' ')
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const packages = [...counts].map(([key, count]) => `package ${key} ${count}`)
    const tags = [...this.tags].map(([key, version]) => `tag ${key} ${version}`)
    const files = [...this.files].map(([key, { content, os }]) => `file ${key} ${content} ${os ?? '-'}`)
    return [...repositories, ...versions, ...packages, ...tags, ...files].sort()
  }
}
