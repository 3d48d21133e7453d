import { describe, expect, it } from 'vitest'
import { folderCycles } from './folder-cycles.ts'

const cycles = (...imports: [string, string][]) => folderCycles(imports.map(([from, to]) => ({ from, to })))

describe('cycles between folders', () => {
  it('are found although no two files need each other', () => {
    expect(cycles(['a/one.ts', 'b/one.ts'], ['b/two.ts', 'a/two.ts'])).toEqual([['a', 'b', 'a']])
  })

  it('are found through a third folder and below the first level', () => {
    expect(cycles(['x/a/1.ts', 'x/b/1.ts'], ['x/b/2.ts', 'x/c/deep/1.ts'], ['x/c/2.ts', 'x/a/2.ts'])).toEqual([
      ['x/a', 'x/b', 'x/c', 'x/a'],
    ])
  })

  it('are not what a folder and the one that holds it have', () => {
    expect(cycles(['a/list.ts', 'a/b/1.ts'], ['a/b/2.ts', 'a/other.ts'], ['main.ts', 'a/list.ts'])).toEqual([])
  })

  it('are absent from layers', () => {
    expect(cycles(['c/1.ts', 'b/1.ts'], ['b/1.ts', 'a/1.ts'], ['c/2.ts', 'a/2.ts'])).toEqual([])
  })
})
