import { dirname, join, relative, sep } from 'node:path/posix'

export interface Import {
  readonly from: string
  readonly to: string
}

/** The first folder below `parent` that holds the file; undefined for a file that lies elsewhere or in `parent` itself. */
const childFolder = (parent: string, file: string): string | undefined => {
  const path = relative(parent, file)
  if (path.startsWith('..')) return undefined
  const [first, ...rest] = path.split(sep)
  return rest.length > 0 && first !== undefined ? join(parent, first) : undefined
}

const parentsOf = (file: string): string[] => {
  const folder = dirname(file)
  return folder === '.' ? ['.'] : [folder, ...parentsOf(folder)]
}

const cycleFrom = (start: string, next: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined => {
  const visit = (folder: string, path: readonly string[]): string[] | undefined => {
    for (const to of next.get(folder) ?? []) {
      if (to === start) return [...path, to]
      if (seen.has(to)) continue
      seen.add(to)
      const found = visit(to, [...path, to])
      if (found !== undefined) return found
    }
    return undefined
  }
  const seen = new Set<string>([start])
  return visit(start, [start])
}

const edgesBelow = (parent: string, imports: readonly Import[]): Map<string, Set<string>> => {
  const edges = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    const [a, b] = [childFolder(parent, from), childFolder(parent, to)]
    if (a === undefined || b === undefined || a === b) continue
    edges.set(a, (edges.get(a) ?? new Set()).add(b))
  }
  return edges
}

/**
 * Cycles between neighbouring folders (children of one parent), each as the folders it passes through. A folder and the
 * one that holds it may know each other: an aggregate's file and the context's catalogue are read together.
 */
export const folderCycles = (imports: readonly Import[]): string[][] => {
  const parents = new Set(imports.flatMap(({ from, to }) => [...parentsOf(from), ...parentsOf(to)]))
  return [...parents].sort().flatMap((parent) => {
    const edges = edgesBelow(parent, imports)
    const cycles = [...edges.keys()].sort().map((folder) => cycleFrom(folder, edges))
    return cycles.filter((cycle) => cycle !== undefined).slice(0, 1)
  })
}
