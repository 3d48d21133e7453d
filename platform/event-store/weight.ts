/** About how many bytes of memory a JSON value takes: near enough to bound a buffer, at a fraction of serialising it. */
export const weightOf = (value: unknown): number => {
  if (typeof value === 'string') return 16 + value.length
  if (typeof value !== 'object' || value === null) return 8
  let weight = 32
  if (Array.isArray(value)) {
    for (const element of value) weight += weightOf(element)
    return weight
  }
  for (const [key, element] of Object.entries(value)) weight += 8 + key.length + weightOf(element)
  return weight
}
