import type { Store } from '../store/store.ts'
import type { Link } from './chain.ts'
import type { LineFiles } from './line-files.ts'

const page = 200

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

/** Writes the log's links to files, for who watches or ships them: each once, in order, synced, also after a crash or a full disk. */
export interface JsonLines {
  /** Resolves when every link that was committed before is in a file. */
  write(): Promise<void>
  /** Removes the files of days before. */
  removeBefore(day: string): Promise<void>
}

/** What the files hold: the newest of them, and the number of the last link in any. */
interface Written {
  readonly file: string
  readonly last: number
}

export function openJsonLines(files: LineFiles, store: Store): JsonLines {
  /** Unknown at the start, and again when a write has failed: a part of it may be there. */
  let written: Written | undefined
  let writing: Promise<void> | undefined

  async function writeRows(): Promise<void> {
    let { file, last } = written ?? (await look(files))
    written = undefined
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
      for (const [name, links] of byFile) await files.append(name, links.map(lineOf).join(''))
      last = Number(rows.at(-1)?.seq ?? last)
      if (rows.length < page) break
    }
    written = { file, last }
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
      const names = await files.names()
      for (const name of names) if (name < `${day}.jsonl` && name !== names.at(-1)) await files.remove(name)
    },
  }
}

/** Files end where a write did: the newest may hold nothing yet, and the one before a line that is half. */
async function look(files: LineFiles): Promise<Written> {
  const names = await files.names()
  const file = names.at(-1) ?? ''
  for (const name of names.toReversed()) {
    const links = (await files.repair(name)).split('\n').flatMap(line => linkOf(line) ?? [])
    const newest = links.at(-1)
    if (newest) return { file, last: newest.seq }
  }
  return { file, last: 0 }
}
