import { type Kysely, Migrator } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { type Database, migrations } from './database.ts'
import type { Migration } from './migration.ts'

/**
 * Brings a schema up to date, one process at a time, and names a new installation. Throws an Error that says so when `what`, as the user
 * knows it, was made by a newer version of Modelmart.
 */
export async function migrate(db: Kysely<Database>, what: string): Promise<void> {
  const error = await take(db, migrations)
  if (error) throw newer(error, what) ?? error
  const made = { name: 'installation', value: randomness.uuid().slice(0, 8) }
  await db
    .insertInto('setting')
    .values(made)
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Makes these steps of a schema and no others, for rows that are of that time. */
export async function migrateThrough(db: Kysely<Database>, names: readonly string[]): Promise<void> {
  const wanted = new Set(names)
  const error = await take(
    db,
    migrations.filter(({ name }) => wanted.has(name)),
  )
  if (error) throw error
}

async function take(db: Kysely<Database>, steps: readonly Migration[]): Promise<unknown> {
  const provider = { getMigrations: async () => Object.fromEntries(steps.map(step => [step.name, step])) }
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest()
  return error
}

/** kysely calls a database corrupted that knows steps which this program does not. */
function newer(error: unknown, what: string): Error | undefined {
  const [, step] = /previously executed migration (\S+) is missing/.exec((error as Error).message) ?? []
  if (!step) return undefined
  return new Error(
    `The ${what} is of a newer version of Modelmart, which made the step ${step}. Start that version, or a later one.`,
  )
}
