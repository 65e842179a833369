import type { JournalDirectory } from '../../src/runtime/journal-directory.ts'
import { createJournalFile, type JournalDisk } from '../../src/runtime/journal-file.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Step } from './stubs.ts'

interface File {
  content: Buffer
  /** Bytes that last whatever becomes of the machine. */
  synced: number
}

/** A disk that outlives servers. */
export interface MemoryDisk {
  /** As one server sees it; `isFull` says when a write ends in the middle. */
  mount(step: Step, isFull: () => boolean): JournalDirectory
  /** The power went: of what was not synced, some beginning is there. */
  tear(random: SeededRandom): void
  /** Of all that was set aside. */
  readonly aside: ReadonlySet<string>
  names(): string[]
}

export function createMemoryDisk(): MemoryDisk {
  const files = new Map<string, File>()
  const aside = new Set<string>()
  const need = (name: string): File => {
    const file = files.get(name)
    if (!file) throw Object.assign(new Error(`ENOENT: no such file, open '${name}'`), { code: 'ENOENT' })
    return file
  }
  return {
    aside,
    names: () => [...files.keys()],
    mount: (step, isFull) => ({
      names: () => step('journal names', async () => [...files.keys()]),
      begin: name =>
        createJournalFile(name, () =>
          step('journal create', async () => {
            if (files.has(name)) throw Object.assign(new Error(`EEXIST: ${name}`), { code: 'EEXIST' })
            const file: File = { content: Buffer.alloc(0), synced: 0 }
            files.set(name, file)
            return opened(file, step, isFull)
          }),
        ),
      async *read(name) {
        yield await step('journal read', async () => need(name).content)
      },
      remove: name => step('journal remove', async () => void files.delete(name)),
      setAside: name =>
        step('journal set aside', async () => {
          aside.add(name)
          files.delete(name)
          return name
        }),
    }),
    tear(random) {
      for (const file of files.values())
        file.content = file.content.subarray(0, random.between(file.synced, file.content.length))
    },
  }
}

const opened = (file: File, step: Step, isFull: () => boolean): JournalDisk => ({
  appendFile: text =>
    step('journal append', async () => {
      const bytes = Buffer.from(text as string)
      const full = isFull()
      file.content = Buffer.concat([file.content, full ? bytes.subarray(0, bytes.length / 2) : bytes])
      if (full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }),
  datasync: () =>
    step('journal sync', async () => {
      file.synced = file.content.length
    }),
  truncate: (size = 0) =>
    step('journal truncate', async () => {
      file.content = file.content.subarray(0, size)
      file.synced = Math.min(file.synced, size)
    }),
  close: async () => {},
})
