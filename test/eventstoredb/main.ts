/**
 * The double as a process of its own, so that it can be killed, stopped and frozen for real:
 * `node main.ts <data folder> <port>[,<port>,<port>] [options as JSON]`. It prints one line of JSON when it listens. SIGTERM
 * stops it in order. A parent with an IPC channel may command its nodes (`NodeCommand`).
 */
import { Double, type DoubleOptions } from './double.ts'
import type { NodeCommand, NodeAnswer } from './node-command.ts'

const [folder = '', ports = '0', options = '{}'] = process.argv.slice(2)
const double = await Double.open({
  ...(JSON.parse(options) as DoubleOptions),
  folder,
  ports: ports.split(',').map(Number),
})

const perform = async ({ command, node }: NodeCommand): Promise<void> => {
  if (command === 'start') await double.startNode(node ?? 0)
  else if (command === 'kill') await double.killNode(node ?? 0)
  else if (command === 'elect') double.electLeader()
}

process.on('message', (command: NodeCommand) => {
  const answer = ({ error }: { error?: string } = {}): void => {
    const said: NodeAnswer = { number: command.number, leader: double.leader, ...(error !== undefined && { error }) }
    process.send?.(said)
  }
  perform(command).then(
    () => answer(),
    (error: unknown) => answer({ error: String(error) }),
  )
})
// Without its parent nobody would end it.
process.on('disconnect', () => process.exit(0))
process.once('SIGTERM', () => void double.stop().then(() => process.exit(0)))

process.stdout.write(`${JSON.stringify({ connectionString: double.connectionString, pid: process.pid })}\n`)
