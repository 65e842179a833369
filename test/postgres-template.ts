import { Client } from 'pg'
import { openPostgresStore } from '../src/store/postgres.ts'

// `node test/postgres-template.ts postgres://…/`: the database that tests copy, so that each need not bring a schema up to date.
const [server] = process.argv.slice(2)
const client = new Client({ connectionString: `${server}postgres` })
await client.connect()
await client.query('create database modelmart_template')
await client.end()
await (await openPostgresStore(`${server}modelmart_template`)).close()
