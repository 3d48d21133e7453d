import { expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

it('counts requests by route, method and class of status', async () => {
  const metrics = createMetrics()
  metrics.observeHttp('/npm/:project/:repo/*', 'GET', 200, 0.0004)
  metrics.observeHttp('/npm/:project/:repo/*', 'GET', 204, 0.003)
  metrics.observeHttp('/npm/:project/:repo/*', 'GET', 404, 0.003)
  const text = await metrics.registry.metrics()
  const series = 'route="/npm/:project/:repo/*",method="GET"'
  expect(text).toContain(`waybill_http_request_duration_seconds_count{${series},status="2xx"} 2`)
  expect(text).toContain(`waybill_http_request_duration_seconds_count{${series},status="4xx"} 1`)
  expect(text).toContain(`waybill_http_request_duration_seconds_bucket{le="0.0005",${series},status="2xx"} 1`)
})

it('reports the delay of the event loop and the memory of the process', async () => {
  const text = await createMetrics().registry.metrics()
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m)
})

it('keeps two processes in one test apart', async () => {
  const [one, two] = [createMetrics(), createMetrics()]
  one.observeHttp('/healthz', 'GET', 200, 0.001)
  expect(await two.registry.metrics()).not.toContain('/healthz')
})
