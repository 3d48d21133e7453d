import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { need, notTested, testedWith } from '../servers.ts'
import { type ControlAction, DoubleProcess, type DoubleProcessOptions } from './double-process.ts'

export type { ControlAction } from './double-process.ts'

export interface EventStoreDbServer {
  readonly connectionString: string
  /** False: a real server, which others may use too, and whose log is not empty. */
  readonly isDouble: boolean
  /**
   * Starts, stops, kills, freezes or thaws the server. Undefined where nothing says how: tests that need it say by
   * `needsControl` that they did not run.
   */
  readonly control: ((action: ControlAction) => Promise<void>) | undefined
  /** Ends what was started for the test; a real server is left running. */
  close(): Promise<void>
}

export interface EventStoreDbCluster extends EventStoreDbServer {
  readonly control: (action: ControlAction) => Promise<void>
  /** The number of the node that leads, from 0; undefined during an election. */
  leader(): Promise<number | undefined>
  /** Resets the node's connections and closes its port, as a kill -9 of its process does. */
  killNode(node: number): Promise<void>
  /** Brings a killed node back; it follows. */
  startNode(node: number): Promise<void>
  /** The leader steps down and another node is elected. */
  electLeader(): Promise<void>
}

const { WAYBILL_TEST_EVENTSTORE: realServer, WAYBILL_TEST_EVENTSTORE_CONTROL: controlCommand } = process.env

/** What the double can be told. Without a folder the log is in one that is removed at the end. */
export type EventStoreDbOptions = Omit<DoubleProcessOptions, 'nodes'>

const runControlCommand = async (command: string, action: ControlAction): Promise<void> => {
  await promisify(execFile)(command, [action], { timeout: 60_000 })
}

/**
 * A server for tests: the double, in a process of its own with an empty log, or the real server that WAYBILL_TEST_EVENTSTORE
 * names. A real one is controlled by the program that WAYBILL_TEST_EVENTSTORE_CONTROL names, which is given one argument:
 * start, stop, kill9, freeze or thaw, and returns when that is done; test files then run one at a time
 * (`--no-file-parallelism`), because they stop each other's server. Options are the double's; a real server is as it is.
 */
export const startEventStoreDb = async (options: EventStoreDbOptions = {}): Promise<EventStoreDbServer> => {
  await need('EventStoreDB')
  if (realServer === undefined) return startEventStoreDbDouble(options)
  return {
    connectionString: realServer,
    isDouble: false,
    control: controlCommand === undefined ? undefined : (action) => runControlCommand(controlCommand, action),
    close: () => Promise.resolve(),
  }
}

/** The double, also when a real server is named: for what only it can be asked. */
export const startEventStoreDbDouble = async (options: EventStoreDbOptions = {}): Promise<EventStoreDbServer> => {
  const double = await startDouble(options)
  return serverOf(double)
}

/** Three nodes of the double; a real cluster is not tested with. */
export const startEventStoreDbCluster = async (options: EventStoreDbOptions = {}): Promise<EventStoreDbCluster> => {
  if (realServer !== undefined) notTested('three nodes of EventStoreDB', 'only the double plays three nodes')
  const double = await startDouble({ ...options, nodes: 3 })
  return {
    ...serverOf(double),
    leader: () => double.command('leader'),
    killNode: async (node) => {
      await double.command('kill', node)
    },
    startNode: async (node) => {
      await double.command('start', node)
    },
    electLeader: async () => {
      await double.command('elect')
    },
  }
}

const startDouble = async (options: DoubleProcessOptions): Promise<DoubleProcess> => {
  testedWith('EventStoreDB double', options.nodes === 3 ? 'three nodes' : 'one node')
  return DoubleProcess.start(options)
}

const serverOf = (
  double: DoubleProcess,
): EventStoreDbServer & { control: (action: ControlAction) => Promise<void> } => ({
  connectionString: double.connectionString,
  isDouble: true,
  control: (action) => double.control(action),
  close: () => double.close(),
})

/**
 * For tests that kill, stop or freeze the server: true when it can be done. Otherwise the end of the run says that `what`
 * was not tested, and why.
 */
export const needsControl = (server: EventStoreDbServer, what: string): boolean => {
  if (server.control !== undefined) return true
  notTested(what, 'no program is named by WAYBILL_TEST_EVENTSTORE_CONTROL')
  return false
}
