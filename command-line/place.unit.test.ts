import { describe, expect, it } from 'vitest'
import { fileAddress, filePlace, isFolder, placeText, repositoryPlace } from './place.ts'

describe('a place', () => {
  it('is a project, a repository and a path', () => {
    expect(repositoryPlace('main/npm')).toEqual({ project: 'main', repository: 'npm' })
    expect(filePlace('main/generic/a/b.txt')).toEqual({ project: 'main', repository: 'generic', path: 'a/b.txt' })
    expect(placeText(filePlace('main/generic/a/b.txt'))).toBe('main/generic/a/b.txt')
  })

  it.each(['main/generic', 'main/generic/', 'main/generic/a/'])('is a folder: %s', (text) => {
    expect(isFolder(filePlace(text))).toBe(true)
  })

  it('may be in the past', () => {
    expect(fileAddress(filePlace('main/generic@2026-03-01T12:00:00Z/a b/ü?#%.txt'))).toBe(
      '/generic/main/generic%402026-03-01T12%3A00%3A00Z/a%20b/%C3%BC%3F%23%25.txt',
    )
  })

  it.each(['', 'main', 'Main/npm', 'main/', '/main/npm', 'main/npm/x', 'main/npm@now'])(
    'is no repository: %j',
    (text) => {
      expect(() => repositoryPlace(text)).toThrow(expect.objectContaining({ exit: 'usage' }))
    },
  )

  it.each(['main', 'main//x', 'main/generic/../npm/x', 'main/generic/./x', 'main/generic//x', 'main/generic/a//b'])(
    'is nowhere: %j',
    (text) => {
      expect(() => filePlace(text)).toThrow(expect.objectContaining({ exit: 'usage' }))
    },
  )
})
