import { cpus, loadavg, totalmem } from 'node:os'

/** What the figures were taken on; the load before the run tells whether the machine was its own. */
export function machineLine(): string {
  const processors = cpus()
  const model = processors[0]?.model.trim().replaceAll(/\s+/g, ' ') || 'unknown processor'
  const memory = Math.round(totalmem() / 2 ** 30)
  const load = loadavg()[0] ?? 0
  const busy = load > processors.length / 2 ? ' (busy: trust the ratios, not the absolute figures)' : ''
  return `${processors.length} cores (${model}), ${memory} GiB, Node ${process.versions.node}, load before the run ${load.toFixed(2)}${busy}`
}
