import { Cron } from 'croner'

/** How often a task was begun, as far as its next time depends on it. Milliseconds since the epoch. */
export interface TaskHistory {
  readonly beganAt: number | undefined
  readonly endedAt: number | undefined
  /** Failures in a row. */
  readonly failures: number
}

const FIRST_RETRY_MS = 60_000
const LAST_RETRY_MS = 3_600_000

/** The first time of a schedule after an instant. Throws what croner throws for a pattern that is none. */
export const nextTime = (schedule: string, after: number): number => {
  const next = new Cron(schedule, { timezone: 'UTC', paused: true }).nextRun(new Date(after))
  if (next === null) throw new Error(`the schedule ${schedule} has no next time`)
  return next.getTime()
}

/**
 * When a task is to be done next: as its schedule says after it was begun, a failed one again after 1, 2, 4 … minutes but not
 * later than the schedule says, and one that never was at its first time after `now`.
 */
export const dueAt = (schedule: string, { beganAt, endedAt, failures }: TaskHistory, now: number): number => {
  const scheduled = nextTime(schedule, beganAt ?? now)
  if (failures === 0 || beganAt === undefined) return scheduled
  const retry = (endedAt ?? beganAt) + Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS)
  return Math.min(scheduled, retry)
}
