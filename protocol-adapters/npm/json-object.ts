export type JsonObject = Readonly<Record<string, unknown>>

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An own member, so that `constructor` or `__proto__` asked for by a client finds nothing of Object's. */
export const member = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

export const stringMember = (object: JsonObject, key: string): string | undefined => {
  const value = member(object, key)
  return typeof value === 'string' ? value : undefined
}
