/** The system's code of a failed call, e.g. `ENOENT`, or undefined for any other error. */
export const errnoOf = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
