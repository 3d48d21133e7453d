/** What the event store needs of a logger; pino's fits. */
export interface EventStoreLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
