import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** From a hit in memory (under a millisecond) to a large upload (half a minute), in seconds. */
const HTTP_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Garbage collections are usually of a millisecond or less; what matters is which ones hold the event loop. */
const GC_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1]

export interface Metrics {
  /** Where each part registers its own metrics; its text is what /metrics answers. */
  readonly registry: Registry
  /** Requests answered up to now. */
  readonly answered: number
  /**
   * Counts one answered request. `route` is the route's pattern, never the path that was asked for: paths are without
   * number, and each one would be a series of its own.
   */
  observeHttp(route: string, method: string, status: number, seconds: number): void
  /** The same for one route and method, with nothing left to look up. */
  httpObserver(route: string, method: string): (status: number, seconds: number) => void
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
  let answered = 0
  // Looking a series up by its labels costs more than the observation.
  const observerOf = (route: string, method: string): ((status: number, seconds: number) => void) => {
    const byStatus: (Histogram.Internal<'route' | 'method' | 'status'> | undefined)[] = []
    return (status, seconds) => {
      const hundreds = Math.trunc(status / 100)
      const series = (byStatus[hundreds] ??= httpDuration.labels(route, method, `${hundreds}xx`))
      series.observe(seconds)
      answered += 1
    }
  }
  const observers = new Map<string, ReturnType<typeof observerOf>>()
  return {
    registry,
    get answered() {
      return answered
    },
    observeHttp: (route, method, status, seconds) => {
      const key = `${method} ${route}`
      const observe = observers.get(key) ?? observerOf(route, method)
      observers.set(key, observe)
      observe(status, seconds)
    },
    httpObserver: observerOf,
  }
}
