import { setTimeout as delay } from 'node:timers/promises'
import type { RegistrySide } from '../peers/registry-side.ts'

const LOOK_MS = 500
/** What a server puts off, it may begin only when nobody has asked for a second or two. */
const QUIET_LOOKS = 5
/** Of one core: a Waybill on NATS takes a twentieth when nothing happens, and most of a core for what it put off. */
const QUIET_SHARE = 0.15
const WITHIN_MS = 60_000

/** Until a server has done what it put off while it was loaded: else that takes time from the side that is measured next. */
export const untilQuiet = async (side: RegistrySide): Promise<void> => {
  const deadline = performance.now() + WITHIN_MS
  let before = (await side.usage()).cpuSeconds
  for (let quiet = 0; quiet < QUIET_LOOKS;) {
    if (performance.now() > deadline)
      throw new Error(`${side.name} is busy ${WITHIN_MS / 1000} s after the last request.`)
    await delay(LOOK_MS)
    const { cpuSeconds } = await side.usage()
    quiet = (cpuSeconds - before) * 1000 < LOOK_MS * QUIET_SHARE ? quiet + 1 : 0
    before = cpuSeconds
  }
}
