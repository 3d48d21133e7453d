import type { Action } from '../../domain/access/authorise.ts'
import { addPackageOwner, removePackageOwner } from '../../commands/registry/change-owners.ts'
import { deleteVersion, deprecateVersion } from '../../commands/registry/change-version.ts'
import { removeTag, setTag } from '../../commands/registry/set-tag.ts'
import { starPackage, unstarPackage } from '../../commands/registry/star-package.ts'
import type { Position } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import { recordCommand } from '../http/record-access.ts'
import { npmCaller } from './npm-caller.ts'
import type { InRepositoryExchange } from './npm-request.ts'
import type { PackumentChange } from './packument-changes.ts'

export type CarriedOut = Exclude<PackumentChange, { kind: 'unsupported' }>

/** What must be allowed on the package, so that all is known before the first change; who may change owners the command knows. */
export const ACTION_OF: Readonly<Record<CarriedOut['kind'], Action>> = {
  deprecate: 'write',
  undeprecate: 'write',
  'set-tag': 'write',
  'remove-tag': 'write',
  'delete-version': 'delete',
  'add-maintainer': 'read',
  'remove-maintainer': 'read',
  star: 'read',
  unstar: 'read',
}

const carryOut = async (exchange: InRepositoryExchange, name: string, change: CarriedOut): Promise<Position> => {
  const { gateway, repository } = exchange
  const target = { project: repository.project, repository: repository.repository, package: name }
  const caller = npmCaller(exchange)
  // one request may hold several changes: each is a command of its own under the request's key
  const keyed = caller.key === undefined ? caller : { ...caller, key: derivedId(caller.key, JSON.stringify(change)) }
  const run = async (): Promise<{ readonly position: Position }> => {
    switch (change.kind) {
      case 'deprecate':
        return gateway.run(deprecateVersion, { ...target, version: change.version, message: change.message }, keyed)
      case 'undeprecate':
        return gateway.run(deprecateVersion, { ...target, version: change.version }, keyed)
      case 'delete-version':
        return gateway.run(deleteVersion, { ...target, version: change.version }, keyed)
      case 'set-tag':
        return gateway.run(setTag, { ...target, tag: change.tag, version: change.version }, keyed)
      case 'remove-tag':
        return gateway.run(removeTag, { ...target, tag: change.tag }, keyed)
      case 'add-maintainer':
        return gateway.run(addPackageOwner, { ...target, account: change.login }, keyed)
      case 'remove-maintainer':
        return gateway.run(removePackageOwner, { ...target, account: change.login }, keyed)
      case 'star':
        return gateway.run(starPackage, target, keyed)
      case 'unstar':
        return gateway.run(unstarPackage, target, keyed)
    }
  }
  const { position } = await run()
  recordCommand(gateway, exchange.request, exchange.principal, `npm:${change.kind}`)
  return position
}

/** Versions do not depend on each other, and a package may have thousands; everything else keeps its order. */
const AT_ONCE = 32
const isOfVersion = ({ kind }: CarriedOut): boolean =>
  kind === 'deprecate' || kind === 'undeprecate' || kind === 'delete-version'

/** Runs the changes in order, those of versions side by side; answers the last position, or undefined without a change. */
export const carryOutAll = async (
  exchange: InRepositoryExchange,
  name: string,
  changes: readonly CarriedOut[],
): Promise<Position | undefined> => {
  let last: Position | undefined
  for (let at = 0; at < changes.length;) {
    let end = at + 1
    while (
      end < changes.length &&
      end - at < AT_ONCE &&
      [changes[at], changes[end]].every((one) => one && isOfVersion(one))
    )
      end++
    const settled = await Promise.allSettled(changes.slice(at, end).map((change) => carryOut(exchange, name, change)))
    for (const outcome of settled) {
      if (outcome.status === 'rejected') throw outcome.reason
      if (last === undefined || outcome.value > last) last = outcome.value
    }
    at = end
  }
  return last
}
