import { type Kysely, Migrator } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { type Database, migrations } from './database.ts'

/**
 * Brings a schema up to date, one process at a time, and names a new installation. Throws an Error that says so when `what`, as the user
 * knows it, was made by a newer version of Modelmart.
 */
export async function migrate(db: Kysely<Database>, what: string): Promise<void> {
  const provider = { getMigrations: async () => Object.fromEntries(migrations.map(step => [step.name, step])) }
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest()
  if (error) throw newer(error, what) ?? error
  const made = { name: 'installation', value: randomness.uuid().slice(0, 8) }
  await db
    .insertInto('setting')
    .values(made)
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** kysely calls a database corrupted that knows steps which this program does not. */
function newer(error: unknown, what: string): Error | undefined {
  const [, step] = /previously executed migration (\S+) is missing/.exec((error as Error).message) ?? []
  if (!step) return undefined
  return new Error(
    `The ${what} is of a newer version of Modelmart, which made the step ${step}. Start that version, or a later one.`,
  )
}
