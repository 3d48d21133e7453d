import { totalmem } from 'node:os'

const MEBIBYTE = 1024 * 1024

/** An eighth of the memory this process may use, between 64 and 256 MiB: the pages that appends and hot reads touch. */
const sharedBuffers = (): string => {
  const limit = Math.min(totalmem(), process.constrainedMemory() || Infinity)
  return `${Math.round(Math.min(256 * MEBIBYTE, Math.max(64 * MEBIBYTE, limit / 8)) / MEBIBYTE)}MB`
}

/** The embedded server's settings: durable commits, bounded memory, a small machine, no TCP. */
export const serverSettings = (socketFolder: string): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      listen_addresses: '',
      // A list, in which quotes keep a comma in a name.
      unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
      unix_socket_permissions: '0700',
      port: '5432',
      max_connections: '200',
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      // Nothing streams from this server, so bulk loads of new tables and index builds need not go through the log.
      wal_level: 'minimal',
      max_wal_senders: '0',
      wal_buffers: '16MB',
      // Full-page images follow each checkpoint; fewer checkpoints mean less log for the same appends.
      max_wal_size: '1GB',
      min_wal_size: '160MB',
      checkpoint_timeout: '15min',
      shared_buffers: sharedBuffers(),
      work_mem: '8MB',
      maintenance_work_mem: '64MB',
      effective_cache_size: '1GB',
      random_page_cost: '1.1',
      temp_file_limit: '20GB',
      // Two cores are shared with Node: one query may not take both.
      max_parallel_workers_per_gather: '0',
      max_parallel_maintenance_workers: '1',
      io_workers: '2',
      autovacuum_max_workers: '2',
      jit: 'off',
      // Ends the work of a client that was killed in the middle of a long query.
      client_connection_check_interval: '5s',
      timezone: 'UTC',
      log_timezone: 'UTC',
      lc_messages: 'C',
      log_destination: 'stderr',
      logging_collector: 'off',
      log_line_prefix: '',
      // Errors of statements reach their caller; logging them too would put keys and names into the log.
      log_min_messages: 'log',
      log_min_error_statement: 'panic',
      log_error_verbosity: 'terse',
      log_checkpoints: 'off',
    }),
  )

/** The text of a Postgres configuration file. */
export const settingsFile = (settings: ReadonlyMap<string, string>): string =>
  [...settings].map(([name, value]) => `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`).join('')
