import { allows, type Principal } from '../domain/access/authorise.ts'
import { resourceOf } from '../domain/access/scope.ts'
import { scopeLists, type Place } from '../domain/live/visibility.ts'
import type { NamePatterns, Reach } from '../projections/within-reach.ts'

export { maySeeName, maySeeProject, maySeeRepository, type Place } from '../domain/live/visibility.ts'

/** Bounds for queries, so that rows that cannot be visible are not fetched. No row is shown because of them alone. */
export const reachesOf = (principal: Principal | undefined): readonly Reach[] =>
  scopeLists(principal).map((scopes) => {
    const resources = scopes.map(resourceOf)
    return {
      everything: scopes.includes('system'),
      projects: resources.flatMap(({ project, repository }) =>
        project !== undefined && repository === undefined ? [project] : [],
      ),
      repositories: resources.flatMap(({ project, repository }) =>
        project !== undefined && repository !== undefined ? [`${project}/${repository}`] : [],
      ),
    }
  })

/** The same for names in a repository: the patterns of scopes that have one; no list where a scope covers all of it. */
export const namePatternsOf = (principal: Principal | undefined, place: Place): NamePatterns => {
  if (place.open) return []
  return scopeLists(principal).flatMap((scopes) => {
    const here = scopes.filter((scope) => {
      const { project, repository } = resourceOf(scope)
      return (
        project === undefined || (project === place.project && (repository ?? place.repository) === place.repository)
      )
    })
    const whole = here.some((scope) => !scope.includes(':'))
    return whole ? [] : [here.map((scope) => scope.slice(scope.indexOf(':') + 1))]
  })
}

/** Whether the viewer manages the whole system: accounts and other people's tokens. */
export const managesSystem = (principal: Principal | undefined): boolean =>
  principal !== undefined && allows(principal, 'manage', {})
