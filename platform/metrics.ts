import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** From a hit in memory (under a millisecond) to a large upload (half a minute), in seconds. */
const HTTP_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Garbage collections are usually of a millisecond or less; what matters is which ones hold the event loop. */
const GC_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1]

export interface Metrics {
  /** Where each part registers its own metrics; its text is what /metrics answers. */
  readonly registry: Registry
  /**
   * Counts one answered request. `route` is the route's pattern, never the path that was asked for: paths are without
   * number, and each one would be a series of its own.
   */
  observeHttp(route: string, method: string, status: number, seconds: number): void
}

/** The process's metrics: Node's own with the delay of the event loop, and the duration of HTTP requests. */
export const createMetrics = (): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, gcDurationBuckets: GC_SECONDS, eventLoopMonitoringPrecision: 10 })
  const httpDuration = new Histogram({
    name: 'waybill_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: HTTP_SECONDS,
    registers: [registry],
  })
  // Looking a series up by its labels costs more than the observation: the hot path finds it by one string.
  const series = new Map<string, { observe(seconds: number): void }>()
  const seriesOf = (route: string, method: string, statusClass: number): { observe(seconds: number): void } => {
    const key = `${statusClass}${method} ${route}`
    const known = series.get(key) ?? httpDuration.labels(route, method, `${statusClass}xx`)
    series.set(key, known)
    return known
  }
  return {
    registry,
    observeHttp: (route, method, status, seconds) => {
      seriesOf(route, method, Math.trunc(status / 100)).observe(seconds)
    },
  }
}
