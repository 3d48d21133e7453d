import fc from 'fast-check'

/** One command of a made-up history, in few names so that the commands of a history meet. */
export type Step =
  | {
      readonly do: 'CreateRepository' | 'UpdateRepository'
      readonly repository: Repository
      readonly overwrite: boolean
    }
  | { readonly do: 'DeleteRepository'; readonly repository: Repository }
  | ({ readonly do: 'PublishPackageVersion'; readonly content: number; readonly tags: readonly string[] } & InVersion)
  | ({ readonly do: 'DeprecateVersion' | 'YankVersion'; readonly text: string | undefined } & InVersion)
  | ({ readonly do: 'DeleteVersion' } & InVersion)
  | ({ readonly do: 'SetTag'; readonly tag: string } & InVersion)
  | { readonly do: 'RemoveTag'; readonly repository: Repository; readonly package: string; readonly tag: string }
  | ({
      readonly do: 'StoreFile'
      readonly content: number
      readonly createOnly: boolean
      readonly onlyIf: boolean
    } & InFile)
  | ({ readonly do: 'SetFileProperties'; readonly os: string } & InFile)
  | ({ readonly do: 'DeleteFile'; readonly onlyIf: boolean } & InFile)
  | ({ readonly do: 'CopyFile' | 'MoveFile'; readonly toPath: string; readonly toRepository: Repository } & InFile)
  /** The command before the last `back` ones is sent again with its key. */
  | { readonly do: 'repeat'; readonly back: number }

export const REPOSITORIES = ['npm', 'files', 'more'] as const
export type Repository = (typeof REPOSITORIES)[number]

export interface InVersion {
  readonly repository: Repository
  readonly package: string
  readonly version: string
}

export interface InFile {
  readonly repository: Repository
  readonly path: string
}

/** Packages go to the npm repository in most steps, files to the generic ones. */
const packagePlace = fc.oneof(
  { weight: 8, arbitrary: fc.constant('npm' as const) },
  { weight: 1, arbitrary: fc.constant('files' as const) },
)
const filePlace = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('files' as const, 'more' as const) },
  { weight: 1, arbitrary: fc.constant('npm' as const) },
)
const anyPlace = fc.constantFrom(...REPOSITORIES)
const tag = fc.constantFrom('latest', 'next')
const path = fc.constantFrom('x', 'x/y', 'x/y/z', 'w')
const text = fc.constantFrom('old', 'broken', undefined)
const inPackage = { repository: packagePlace, package: fc.constantFrom('left', 'right') }
const inVersion = { ...inPackage, version: fc.constantFrom('1.0.0', '2.0.0') }
const inFile = { repository: filePlace, path }
const content = fc.integer({ min: 0, max: 2 })
const rarely = fc.integer({ min: 0, max: 7 }).map((drawn) => drawn === 0)

const step = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  step(1, fc.record({ do: fc.constant('CreateRepository'), repository: anyPlace, overwrite: fc.boolean() })),
  step(1, fc.record({ do: fc.constant('UpdateRepository'), repository: anyPlace, overwrite: fc.boolean() })),
  step(1, fc.record({ do: fc.constant('DeleteRepository'), repository: anyPlace })),
  step(
    6,
    fc.record({
      do: fc.constant('PublishPackageVersion'),
      ...inVersion,
      content,
      tags: fc.array(tag, { maxLength: 3 }),
    }),
  ),
  step(3, fc.record({ do: fc.constantFrom('DeprecateVersion', 'YankVersion'), ...inVersion, text })),
  step(2, fc.record({ do: fc.constant('DeleteVersion'), ...inVersion })),
  step(3, fc.record({ do: fc.constant('SetTag'), ...inVersion, tag })),
  step(2, fc.record({ do: fc.constant('RemoveTag'), ...inPackage, tag })),
  step(6, fc.record({ do: fc.constant('StoreFile'), ...inFile, content, createOnly: rarely, onlyIf: rarely })),
  step(2, fc.record({ do: fc.constant('SetFileProperties'), ...inFile, os: fc.constantFrom('linux', 'plan9') })),
  step(3, fc.record({ do: fc.constant('DeleteFile'), ...inFile, onlyIf: rarely })),
  step(5, fc.record({ do: fc.constantFrom('CopyFile', 'MoveFile'), ...inFile, toPath: path, toRepository: filePlace })),
  step(4, fc.record({ do: fc.constant('repeat'), back: fc.integer({ min: 0, max: 12 }) })),
)

/** Histories start with the repositories in place, else most of their commands would be refused. */
export const histories = (most: number): fc.Arbitrary<readonly Step[]> =>
  fc
    .tuple(
      fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      fc.array(anyStep, { minLength: most / 2, maxLength: most, size: 'max' }),
    )
    .map(([overwrites, steps]) => [
      ...REPOSITORIES.map((repository, index): Step => ({
        do: 'CreateRepository',
        repository,
        overwrite: overwrites[index] ?? false,
      })),
      ...steps,
    ])
