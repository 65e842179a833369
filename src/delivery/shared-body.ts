import { sql } from 'kysely'
import type { Db } from '../store/database.ts'

/** From so many letters on, a body that several get is kept once. */
const shared = 4096

/** What a row of deliveries or dead letters says of its body. */
export interface BodyPlace {
  readonly body: string
  readonly body_id: number | null
}

/** Where each body goes: large ones that come more than once into a row of their own, which all of them name. */
export async function placeBodies(db: Db, bodies: readonly string[]): Promise<BodyPlace[]> {
  const large = Map.groupBy(
    bodies.filter(({ length }) => length > shared),
    body => body,
  )
  const ids = new Map<string, number>()
  for (const [body, { length }] of large) if (length > 1) ids.set(body, await keepBody(db, body))
  return bodies.map(body => {
    const id = ids.get(body)
    return id === undefined ? { body, body_id: null } : { body: '', body_id: id }
  })
}

async function keepBody(db: Db, body: string): Promise<number> {
  const { id } = await db.insertInto('event_body').values({ body }).returning('id').executeTakeFirstOrThrow()
  await db.insertInto('event_body_use').values({ id, uses: 0 }).execute()
  return id
}

type Bodied = 'event_delivery' | 'event_dead_letter'

/** The body, and its length, of a row that is joined with `event_body`. */
export const bodyOf = (table: Bodied) => sql<string>`coalesce(event_body.body, ${sql.table(table)}.body)`.as('body')
export const sharedBodyBytes = (table: Bodied) =>
  sql<number>`coalesce(octet_length(event_body.body), octet_length(${sql.table(table)}.body))`.as('bytes')
