import { readFileSync } from 'node:fs'

/** With fewer, jobs were seen to stand still: each connection, each program that is run and each layer that is read takes some. */
const leastOpenFiles = 256

/**
 * Throws an Error that says what to do where the system lets this process open too few files. Node raises its own limit as far as it
 * may when it starts.
 */
export function requireOpenFiles(): void {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const soft = Number(limits.match(/^Max open files\s+(\d+)/m)?.[1] ?? Number.POSITIVE_INFINITY)
  if (soft < leastOpenFiles)
    throw new Error(
      `This process may open ${soft} files, and a server needs ${leastOpenFiles} at least: raise the limit (\`ulimit -n 65536\`, or LimitNOFILE= of a systemd unit) and start again.`,
    )
}
