import { readFile } from 'node:fs/promises'

/** Where the kernel's control groups of both kinds tell the most that a group has held. */
const counters = [
  { line: /^\d+:memory:(.*)$/m, root: '/sys/fs/cgroup/memory', file: 'memory.max_usage_in_bytes' },
  { line: /^0::(.*)$/m, root: '/sys/fs/cgroup', file: 'memory.peak' },
] as const

/**
 * The most memory in bytes that a running container has held at a time, as the kernel counts it against the limit: what it has read and
 * written of files is part of it. Undefined where that cannot be told: the container has ended, runs on another machine, or its kernel is
 * older than 5.19 and has control groups of version 2.
 */
export async function peakMemory({
  Id,
  State: { Pid },
}: {
  readonly Id: string
  readonly State: { readonly Pid: number }
}) {
  const groups = await readFile(`/proc/${Pid}/cgroup`, 'utf8').catch(() => '')
  for (const { line, root, file } of counters) {
    const path = line.exec(groups)?.[1]
    // A process of this number on this machine may be anybody's: the engine names the group after the container.
    if (!path?.includes(Id)) continue
    const told = await readFile(`${root}${path}/${file}`, 'utf8').catch(() => undefined)
    if (told !== undefined) return Number(told)
  }
  return undefined
}
