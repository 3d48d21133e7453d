import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where clients connected to, as they themselves report it: a publish that went elsewhere shows here. */
export const recordedConnections = async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'waybill-connections-')), 'connections')
  const hook = join(import.meta.dirname, 'record-connections.mjs')
  return {
    env: { NODE_OPTIONS: `--import=${hook}`, RECORD_CONNECTIONS: file },
    /** `host:port`, each once. */
    contacted: async (): Promise<readonly string[]> => [
      ...new Set((await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')),
    ],
  }
}
