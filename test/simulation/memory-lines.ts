import type { LineFiles } from '../../src/audit/line-files.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Step } from './stubs.ts'

interface File {
  content: Buffer
  /** Bytes that last whatever becomes of the machine. */
  synced: number
}

/** The files of the security log: they outlive servers. */
export interface MemoryLines {
  /** As one server sees them; `isFull` says when a write ends in the middle. */
  mount(step: Step, isFull: () => boolean): LineFiles
  /** The power went: of what was not synced, some beginning is there. */
  tear(random: SeededRandom): void
}

export function createMemoryLines(): MemoryLines {
  const files = new Map<string, File>()
  const need = (name: string): File => files.get(name) ?? { content: Buffer.alloc(0), synced: 0 }
  return {
    mount: (step, isFull) => ({
      names: () => step('log names', async () => [...files.keys()].sort()),
      async append(name, lines) {
        const bytes = Buffer.from(lines)
        const full = isFull()
        await step('log append', async () => {
          const file = need(name)
          file.content = Buffer.concat([file.content, full ? bytes.subarray(0, bytes.length / 2) : bytes])
          files.set(name, file)
        })
        if (full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
        await step('log sync', async () => {
          need(name).synced = need(name).content.length
        })
      },
      repair: name =>
        step('log repair', async () => {
          const file = need(name)
          file.content = file.content.subarray(0, file.content.lastIndexOf(10) + 1)
          file.synced = file.content.length
          return file.content.toString()
        }),
      async *read(name) {
        yield await step('log read', async () => need(name).content)
      },
      remove: name => step('log remove', async () => void files.delete(name)),
    }),
    tear(random) {
      for (const file of files.values())
        file.content = file.content.subarray(0, random.between(file.synced, file.content.length))
    },
  }
}
