import { readFileSync, readlinkSync } from 'node:fs'

/*
 * A file that is still arriving carries the process that writes it: `<pid>.<start>.<namespace>`. The start time (field 22 of
 * proc_pid_stat(5), ticks since boot) tells a process from a later one with its pid; the pid namespace tells containers apart.
 * Where there is no /proc both are 0 and the pid alone decides.
 */
const startOf = (pid: string): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}

const orZero = (read: () => string): string => {
  try {
    return read()
  } catch {
    return '0' // no such process, or no /proc on this system
  }
}

const namespace = (): string => orZero(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''))

export const ownOwner = (): string => `${process.pid}.${orZero(() => startOf(String(process.pid)))}.${namespace()}`

const isRunning = (pid: string): boolean => {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it lives, under another account
  }
}

/** Whether the process is known to be alive. One of another pid namespace is not known here. */
export const isAlive = (owner: string): boolean => {
  const [pid = '', start, space] = owner.split('.')
  if (space !== namespace()) return false
  return start === '0' ? isRunning(pid) : orZero(() => startOf(pid)) === start
}
