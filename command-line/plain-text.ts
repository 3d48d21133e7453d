/** Control characters (C0, DEL, C1), line separators, and what turns the direction of text: a terminal would obey them. */
const UNSHOWABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A text of strangers for a terminal: one line that shows what is in it and does nothing. */
export const plain = (text: string): string => text.replace(UNSHOWABLE, escaped)

/** The same as a word among others: in quotes when it would not be one. */
export const word = (text: string): string => (/^[^\s"\\]+$/.test(text) ? plain(text) : plain(JSON.stringify(text)))
