/** A row of the table, but for its validity range. `events` and `header_names` are JSON lists. */
export type WebhookColumns = {
  readonly webhook_id: string
  readonly name: string
  readonly scope: string
  readonly project: string | null
  readonly repository: string | null
  readonly origin: string
  readonly events: string | null
  readonly header_names: string
  readonly active: boolean
  readonly paused_reason: string | null
  readonly failing_since: string | null
  readonly paused_at: string | null
  readonly creator_id: string
  readonly created_at: string
  readonly updated_at: string
}
