/**
 * Runs the rounds of all sides in turn (A B B A A B ...), so that whatever else the machine does meets each alike, and so does being
 * the first of a round. Resolves with each side's rounds, in the order of the sides.
 */
export async function alternate<S, R>(
  sides: readonly S[],
  rounds: number,
  round: (side: S, n: number) => Promise<R>,
): Promise<R[][]> {
  const results = sides.map((): R[] => [])
  for (let n = 0; n < rounds; n++) {
    const turn = n % 2 === 0 ? [...sides.entries()] : [...sides.entries()].toReversed()
    for (const [index, side] of turn) results[index]?.push(await round(side, n))
  }
  return results
}
