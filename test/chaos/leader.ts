import type { WaybillProcess } from '../waybill-process.ts'

const leads = async ({ url }: WaybillProcess): Promise<boolean> => {
  try {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    return /^waybill_process_manager_halted\{manager="webhooks"\} 0$/m.test(metrics)
  } catch {
    return false // it was killed
  }
}

/** The worker that leads the process manager of webhooks: only that one has its metrics. Undefined: none just now. */
export const leaderOf = async (workers: readonly WaybillProcess[]): Promise<WaybillProcess | undefined> => {
  const leading = await Promise.all(workers.map(leads))
  return workers.find((_, index) => leading[index])
}
