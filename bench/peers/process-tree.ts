import { readFile, readdir } from 'node:fs/promises'

/** What a process and all that descend from it take of the machine. */
export interface ProcessUsage {
  /** A page that several processes share counts once, split between them: Postgres' would be counted for each connection. */
  readonly residentBytes: number
  /** User and system time since each started; a child that ended is counted where its parent waited for it. */
  readonly cpuSeconds: number
}

interface RunningProcess {
  readonly pid: number
  readonly parent: number
  readonly cpuSeconds: number
}

/** USER_HZ, the unit of times in /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** Read from /proc: Linux only. */
export async function processTreeUsage(root: number): Promise<ProcessUsage> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const running = (await Promise.all(pids.map(readProcess))).filter((one) => one !== undefined)
  const tree = new Set([root])
  for (let grew = true; grew;) {
    grew = false
    for (const { pid, parent } of running) {
      if (tree.has(parent) && !tree.has(pid)) {
        tree.add(pid)
        grew = true
      }
    }
  }
  const members = running.filter(({ pid }) => tree.has(pid))
  const resident = await Promise.all(members.map(({ pid }) => proportionalBytes(pid)))
  return {
    residentBytes: resident.reduce((sum, bytes) => sum + bytes, 0),
    cpuSeconds: members.reduce((sum, one) => sum + one.cpuSeconds, 0),
  }
}

async function readProcess(pid: string): Promise<RunningProcess | undefined> {
  let stat: string
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined // The process ended between the listing and the read.
  }
  // proc(5): the name in parentheses may hold anything, so fields are counted from behind it; field 3 is the first there.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3] ?? 0)
  const ticks = field(14) + field(15) + field(16) + field(17)
  return {
    pid: Number(pid),
    parent: field(4),
    cpuSeconds: ticks / TICKS_PER_SECOND,
  }
}

async function proportionalBytes(pid: number): Promise<number> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024
  } catch {
    return 0 // The process ended meanwhile.
  }
}
