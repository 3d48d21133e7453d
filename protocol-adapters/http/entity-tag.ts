/** One entity tag of a header field (RFC 9110 section 8.8.3); `quoted` is the opaque tag with its quotes. */
export interface EntityTag {
  readonly weak: boolean
  readonly quoted: string
}

const tag = /\s*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)/y

/** The tags of a list, as far as it is well-formed: what cannot be read matches nothing. */
export const parseEntityTags = (list: string): EntityTag[] => {
  const tags: EntityTag[] = []
  tag.lastIndex = 0
  for (let found = tag.exec(list); found; found = tag.lastIndex < list.length ? tag.exec(list) : null)
    tags.push({ weak: found[1] !== undefined, quoted: found[2] ?? '' })
  return tags
}

/** Strong comparison with a strong tag, as it is sent with its quotes (RFC 9110 section 8.8.3.2). */
export const matchesStrongly = (list: string, etag: string): boolean =>
  parseEntityTags(list).some((candidate) => !candidate.weak && candidate.quoted === etag)

/** Weak comparison with a strong tag: whether the list's tag is weak does not count. */
export const matchesWeakly = (list: string, etag: string): boolean =>
  list === etag || parseEntityTags(list).some((candidate) => candidate.quoted === etag)
