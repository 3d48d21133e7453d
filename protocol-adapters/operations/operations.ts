import type { FastifyPluginAsync } from 'fastify'
import type { Gateway } from '../http/gateway.ts'

/** One part of Waybill and whether it can do its work. */
export interface Check {
  readonly name: string
  /** Undefined: it is well; else the reason it is not. */
  readonly problem: () => Promise<string | undefined>
}

const PATIENCE = 2000

const withPatience = (check: Check): Promise<string | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no answer within ${PATIENCE} ms`), PATIENCE)
    check.problem().then(
      (problem) => {
        clearTimeout(timer)
        resolve(problem)
      },
      (error: unknown) => {
        clearTimeout(timer)
        resolve((error as Error).message)
      },
    )
  })

/**
 * `/healthz`: the process answers. `/readyz`: every part can do its work, else 503 with the parts that cannot.
 * `/metrics`: Prometheus text format 0.0.4.
 */
export const operations =
  ({ metrics }: Gateway, checks: readonly Check[]): FastifyPluginAsync =>
  async (app) => {
    app.get('/healthz', (_, reply) => reply.type('text/plain').send('ok\n'))

    app.get('/readyz', async (_, reply) => {
      const problems = await Promise.all(checks.map(withPatience))
      const failing = checks.flatMap(({ name }, index) =>
        problems[index] === undefined ? [] : [{ part: name, problem: problems[index] }],
      )
      return reply.code(failing.length === 0 ? 200 : 503).send({ ready: failing.length === 0, failing })
    })

    app.get('/metrics', async (_, reply) => {
      const text = await metrics.registry.metrics()
      return reply.type(metrics.registry.contentType).send(text)
    })
  }
