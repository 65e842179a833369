import { readdirSync, readFileSync } from 'node:fs'

/** Of the processes that answer invocations for a server of these data, as the machine knows them. */
export const workersOf = (data: string): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && commandOf(name).includes(`${data}/invoke/`))
    .map(Number)
    .sort((a, b) => a - b)

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
