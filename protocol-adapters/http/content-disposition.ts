/** What a browser does with the bytes: shows them or saves them. */
export type Disposition = 'inline' | 'attachment'

const plain = /^[\w !#$&'()+,.;=@[\]^`{}~-]*$/

/** The Content-Disposition field (RFC 6266); a name beyond plain ASCII is also sent in the extended form (RFC 8187). */
export const contentDisposition = (disposition: Disposition, fileName: string | undefined): string => {
  if (fileName === undefined) return disposition
  if (plain.test(fileName)) return `${disposition}; filename="${fileName}"`
  const fallback = fileName.replace(/[^\x20-\x7e]|["%\\]/gu, '_')
  // encodeURIComponent leaves these four, which RFC 8187 does not allow; it refuses lone surrogates.
  const extended = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${disposition}; filename="${fallback}"; filename*=UTF-8''${extended}`
}
