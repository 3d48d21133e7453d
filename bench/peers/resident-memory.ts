import { readFile, readdir } from 'node:fs/promises'

/** Resident bytes of a process and all that descend from it, from /proc; shared pages count once per process, as `ps` counts them. */
export async function residentBytesOfTree(root: number): Promise<number> {
  const statuses = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readStatus))
  const running = statuses.filter((status) => status !== undefined)
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
  return running.filter(({ pid }) => tree.has(pid)).reduce((sum, { resident }) => sum + resident, 0)
}

async function readStatus(pid: string): Promise<{ pid: number; parent: number; resident: number } | undefined> {
  let text: string
  try {
    text = await readFile(`/proc/${pid}/status`, 'utf8')
  } catch {
    return undefined // The process ended between the listing and the read.
  }
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { pid: Number(pid), parent: field('PPid'), resident: field('VmRSS') * 1024 }
}
