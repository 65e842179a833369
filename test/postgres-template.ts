import { Client } from 'pg'
import { openPostgresStore } from '../src/store/postgres.ts'

// `node test/postgres-template.ts postgres://…/`: the database that tests copy, so that each need not bring a schema up to date.
const [server] = process.argv.slice(2)
const database = `${server}modelmart_template`

async function ask(at: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: at })
  await client.connect()
  await client.query(statement)
  await client.end()
}

await ask(`${server}postgres`, 'create database modelmart_template')
await (await openPostgresStore(database)).close()
// Each copy is an installation of its own: what has its name, in engines and buckets, is nobody else's.
await ask(database, `delete from setting where name = 'installation'`)
