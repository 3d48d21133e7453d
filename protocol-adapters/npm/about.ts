import type { Static } from 'typebox'
import type { About } from '../../domain/registry/package-version/events.ts'
import { member, stringMember, type JsonObject } from './json-object.ts'

const cut = (text: string, length: number): string => text.replaceAll('\0', '').slice(0, length)

const keywordsOf = (manifest: JsonObject): string[] => {
  const stated = member(manifest, 'keywords')
  if (!Array.isArray(stated)) return []
  const words = stated.filter((word): word is string => typeof word === 'string' && word !== '')
  return words.slice(0, 32).map((word) => cut(word, 64))
}

/** What lists and searches show of a version, cut to what an event may hold. */
export const aboutOf = (manifest: JsonObject): { readonly about?: Static<typeof About> } => {
  const description = stringMember(manifest, 'description')
  const license = stringMember(manifest, 'license')
  const keywords = keywordsOf(manifest)
  const about = {
    ...(description === undefined ? {} : { description: cut(description, 512) }),
    ...(license === undefined ? {} : { license: cut(license, 128) }),
    ...(keywords.length === 0 ? {} : { keywords }),
  }
  return Object.keys(about).length === 0 ? {} : { about }
}
