import { createRequire, type LoadFnOutput, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import type driver from 'postgres'
import { driverFixes } from './driver-fixes.ts'

/** Marks the files of our copy of the driver; whoever else imports `postgres` gets the package as it is. */
const MARK = '?fixed'

const entry =
  pathToFileURL(createRequire(import.meta.url).resolve('postgres')).href.replace('/cjs/src/', '/src/') + MARK

const fixed = (url: string, loaded: LoadFnOutput): LoadFnOutput => {
  const name = url.slice(url.lastIndexOf('/') + 1, -MARK.length)
  let source = textOf(loaded.source)
  for (const { file, from, to } of driverFixes) {
    if (file !== name) continue
    if (source.split(from).length !== 2)
      throw new Error(`the postgres driver has changed: look at the fixes of ${file}`)
    source = source.replace(from, () => to)
  }
  if (url === entry) source += '\nexport const isFixed = true\n'
  return { ...loaded, source }
}

const textOf = (source: LoadFnOutput['source']): string =>
  typeof source === 'string' ? source : Buffer.from((source ?? '') as Uint8Array).toString()

const hooks = registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context)
    const ours = context.parentURL?.endsWith(MARK) === true && resolved.url.startsWith('file:')
    return ours ? { ...resolved, url: resolved.url + MARK } : resolved
  },
  load: (url, context, next) => {
    const loaded = next(url, context)
    return url.endsWith(MARK) ? fixed(url, loaded) : loaded
  },
})
const module = (await import(entry)) as { default: typeof driver; isFixed?: boolean }
hooks.deregister()
if (module.isFixed !== true) throw new Error('the postgres driver was loaded without its fixes')

/** The `postgres` driver with the defects of driver-fixes.ts put right. */
export const postgres = module.default
