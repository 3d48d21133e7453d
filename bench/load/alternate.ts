/**
 * Runs the rounds of all sides in turn (A B A B ...), so that whatever else the machine does meets each alike.
 * Resolves with each side's rounds, in the order of the sides.
 */
export async function alternate<S, R>(
  sides: readonly S[],
  rounds: number,
  round: (side: S, n: number) => Promise<R>,
): Promise<R[][]> {
  const results = sides.map((): R[] => [])
  for (let n = 0; n < rounds; n++) {
    for (const [index, side] of sides.entries()) results[index]?.push(await round(side, n))
  }
  return results
}
