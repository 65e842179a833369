import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Store } from '../store/store.ts'
import { beginning, type Link, linkHash } from './chain.ts'
import { linkOf } from './json-lines.ts'
import type { LineFiles } from './line-files.ts'
import { anchorOf } from './retention.ts'

/** What was found of the log. */
export interface Verified {
  readonly events: number
  /** The newest link, to be kept elsewhere: a later look with it tells whether the end was cut off. */
  readonly head: string
  readonly problems: readonly string[]
}

const page = 500

/** Recomputes every link of the database and of the files, and holds them against each other. `head` is what an earlier look told. */
export async function verifyAudit(store: Store, key: Buffer, files: LineFiles, head?: string): Promise<Verified> {
  const problems: string[] = []
  const anchor = await anchorOf(store.db, key)
  if (anchor === 'forged') problems.push('where the log begins was changed by someone without the root secret')
  const start = anchor === 'forged' || !anchor ? { seq: 0, hash: beginning } : anchor
  const rows = createLook(key, 'the database', problems, start)
  for await (const link of linksOf(store)) rows.take(link)
  const { events, last } = rows
  const lines = createLook(key, 'the files', problems)
  for (const name of await files.names())
    for await (const line of createInterface({ input: Readable.from(files.read(name)) })) {
      const link = linkOf(line)
      if (link) lines.take(link)
      else problems.push(`${name} holds a line that is no event: ${line.slice(0, 100)}`)
    }
  if (lines.last.seq > last.seq)
    problems.push(`the database ends with event ${last.seq}, the files with ${lines.last.seq}`)
  if (lines.last.seq === last.seq && lines.last.hash !== last.hash)
    problems.push(`event ${last.seq} of the database is another than that of the files`)
  const told = head === undefined ? undefined : /^(\d+):([0-9a-f]{64})$/.exec(head)
  if (head !== undefined && !told) throw new Error('a head is a number, a colon and 64 hexadecimal digits')
  if (told && !(await isThere(store, Number(told[1]), told[2] as string)))
    problems.push(`event ${told[1]} is not there as it was`)
  return { events, head: `${last.seq}:${last.hash}`, problems }
}

const isThere = async ({ db }: Store, seq: number, hash: string): Promise<boolean> =>
  (await db.selectFrom('audit_event').select('hash').where('seq', '=', seq).executeTakeFirst())?.hash === hash

async function* linksOf(store: Store): AsyncGenerator<Link> {
  for (let after = 0; ; ) {
    const rows = await store.db
      .selectFrom('audit_event')
      .select(['seq', 'text', 'previous', 'hash'])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(page)
      .execute()
    yield* rows.map(row => ({ ...row, seq: Number(row.seq) }))
    if (rows.length < page) return
    after = Number(rows.at(-1)?.seq)
  }
}

const mostProblems = 20

/** Follows a chain from `start`, or from wherever it begins. */
function createLook(key: Buffer, where: string, problems: string[], start?: { seq: number; hash: string }) {
  let last = start
  let events = 0
  const tell = (problem: string): void => {
    if (problems.length < mostProblems) problems.push(`${where}: ${problem}`)
  }
  return {
    take(link: Link): void {
      events++
      if (last && link.seq !== last.seq + 1) tell(`event ${link.seq} follows event ${last.seq}`)
      else if (last && link.previous !== last.hash) tell(`event ${link.seq} follows another event ${last.seq}`)
      if (linkHash(key, link) !== link.hash) tell(`event ${link.seq} was changed`)
      last = { seq: link.seq, hash: link.hash }
    },
    get events() {
      return events
    },
    get last() {
      return last ?? { seq: 0, hash: beginning }
    },
  }
}
