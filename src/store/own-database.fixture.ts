import { createHash, randomUUID } from 'node:crypto'
import { Client } from 'pg'

/** `postgres://…/`, a server on which tests make a database for each store and each data directory; undefined when they run on SQLite. */
export const testServer = process.env.MODELMART_TEST_POSTGRES

/** Why a test of what SQLite alone has is skipped: plans of its statements, its log. */
export const unlessSqlite: string | false = testServer ? 'the rows are in PostgreSQL' : false

/** The database of a store's path or of a data directory, made when it is first asked for, from one whose schema is up to date. */
export async function ownDatabase(server: string, path: string): Promise<string> {
  const name = `of_${createHash('sha256').update(path).digest('hex').slice(0, 24)}`
  await administer(server, `create database ${name} template modelmart_template strategy file_copy`, isThere)
  return server + name
}

/** Where a data directory has its rows when tests run on PostgreSQL, for the environment of a server or a command; nothing on SQLite. */
export const databaseEnvironment = async (data: string): Promise<{ readonly MODELMART_DATABASE?: string }> =>
  testServer ? { MODELMART_DATABASE: await ownDatabase(testServer, data) } : {}

/** A database with nothing in it, of a name of its own. */
export async function emptyDatabase(server: string): Promise<string> {
  const name = `of_${randomUUID().replaceAll('-', '')}`
  await administer(server, `create database ${name}`)
  return server + name
}

export const dropDatabase = (url: string): Promise<void> =>
  administer(new URL('/', url).href, `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`)

/** PostgreSQL 15, Appendix A: duplicate_database, and unique_violation of two who make one at once. */
const isThere = ['42P04', '23505']

async function administer(server: string, statement: string, unless: readonly string[] = []): Promise<void> {
  const client = new Client({ connectionString: `${server}postgres` })
  await client.connect()
  try {
    await client.query(statement)
  } catch (error) {
    if (!unless.includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await client.end()
  }
}
