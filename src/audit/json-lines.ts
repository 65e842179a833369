import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from '../store/store.ts'
import type { Link } from './chain.ts'

const page = 200
const tail = 256 * 1024

/** One line: the link, and the event as it was hashed, byte by byte, to the end of the line. */
const lineOf = ({ seq, previous, hash, text }: Link): string =>
  `{"seq":${seq},"previous":"${previous}","hash":"${hash}","event":${text}}\n`

/** The link of a line; undefined when it is none. */
export function linkOf(line: string): Link | undefined {
  const head = /^\{"seq":(\d+),"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","event":/.exec(line)
  if (!head || !line.endsWith('}')) return undefined
  const [start, seq, previous = '', hash = ''] = head
  return { seq: Number(seq), previous, hash, text: line.slice(start.length, -1) }
}

/** Files of the log, oldest first: one a day, `2026-11-28.jsonl`. */
export const logFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter(name => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name)).sort()

/** Writes the log's links to files, for who watches or ships them: each once, in order, synced, also after a crash. */
export interface JsonLines {
  /** Resolves when every link that was committed before is in a file. */
  write(): Promise<void>
  /** Removes the files of days before. */
  removeBefore(day: string): Promise<void>
}

export async function openJsonLines(directory: string, store: Store): Promise<JsonLines> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let file = (await logFiles(directory)).at(-1) ?? ''
  let last = file === '' ? 0 : await repaired(join(directory, file))
  let writing: Promise<void> | undefined

  async function writeRows(): Promise<void> {
    for (;;) {
      const rows = await store.db
        .selectFrom('audit_event')
        .selectAll()
        .where('seq', '>', last)
        .orderBy('seq')
        .limit(page)
        .execute()
      const byFile = Map.groupBy(rows, ({ time }) => {
        const named = `${new Date(Number(time)).toISOString().slice(0, 10)}.jsonl`
        // A clock that was set back does not send later links into earlier files.
        if (named > file) file = named
        return file
      })
      for (const [name, links] of byFile) await append(join(directory, name), links.map(lineOf).join(''))
      last = Number(rows.at(-1)?.seq ?? last)
      if (rows.length < page) return
    }
  }

  return {
    async write() {
      await writing
      writing ??= writeRows().finally(() => {
        writing = undefined
      })
      await writing
    },
    async removeBefore(day) {
      for (const name of await logFiles(directory))
        if (name < `${day}.jsonl` && name !== file) await rm(join(directory, name))
    },
  }
}

async function append(path: string, lines: string): Promise<void> {
  const handle = await open(path, 'a', 0o600)
  try {
    await handle.appendFile(lines)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** Cuts off a line that a crash left half; the number of the last whole one. */
async function repaired(path: string): Promise<number> {
  const handle = await open(path, 'r+')
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - tail)
    const bytes = Buffer.alloc(size - start)
    await handle.read(bytes, 0, bytes.length, start)
    const end = bytes.lastIndexOf(10) + 1
    await handle.truncate(start + end)
    const line = bytes.subarray(0, end).toString().trimEnd().split('\n').at(-1) ?? ''
    return linkOf(line)?.seq ?? 0
  } finally {
    await handle.close()
  }
}
