/** Runs the work and tells the most memory that this process held meanwhile, in bytes, looked at every 20 ms. */
export async function withPeakMemory(work: () => Promise<void>): Promise<{ seconds: number; peakBytes: number }> {
  let peakBytes = process.memoryUsage.rss()
  const look = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }
  const looking = setInterval(look, 20)
  const began = performance.now()
  try {
    await work()
    look()
    return { seconds: (performance.now() - began) / 1000, peakBytes }
  } finally {
    clearInterval(looking)
  }
}
