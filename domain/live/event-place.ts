/** The fields by which events say what they are about. */
export interface Located {
  readonly project?: string
  readonly repository?: string
  readonly package?: string
  readonly version?: string
  readonly tag?: string
  readonly path?: string
  readonly scope?: string
  readonly group?: string
  readonly accountId?: string
  readonly tokenId?: string
  readonly name?: string
}

/** The thing an event is about, in the words its users know it by. */
export const subjectOf = (data: Located): string | null => {
  if (data.package !== undefined) return data.package + (data.version === undefined ? '' : `@${data.version}`)
  return (
    data.path ??
    data.name ??
    data.group ??
    data.scope ??
    data.tokenId ??
    data.accountId ??
    data.repository ??
    data.project ??
    null
  )
}

/** `project` and `project/repository` scopes are found under their project too. */
export const placeOf = ({ project, repository, scope }: Located): [string | null, string | null] => {
  if (project !== undefined || scope === undefined || scope === 'system') return [project ?? null, repository ?? null]
  const [path = ''] = scope.split(':')
  const [first = null, second = null] = path.split('/')
  return [first, second]
}
