/** Work that keeps a Waybill from growing without end; done by one process at a time, and safe to be done twice. */
export interface UpkeepTask {
  /** Kebab-case, unique. */
  readonly name: string
  /** One sentence for those who look at it. */
  readonly summary: string
  /** A cron pattern of five fields, in UTC. */
  readonly schedule: string
  /** Returns how many things it freed. What it throws is shown, and it is tried again. */
  readonly run: () => Promise<number>
}
