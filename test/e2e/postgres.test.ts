import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  CreateModelPackageGroupCommand,
  ListModelPackageGroupsCommand,
  paginateListModelPackageGroups,
} from '@aws-sdk/client-sagemaker'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../../setup/postgres.mjs'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { ownDatabase } from '../../src/store/own-database.fixture.ts'

const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const run = promisify(execFile)

describe('a server whose rows are in PostgreSQL', () => {
  let postgres: { readonly url: string; stop(): Promise<void> }
  let data: string
  let database: string
  let server: ServerProcess
  let clients: Clients

  before(async () => {
    postgres = await startPostgres()
    data = await mkdtemp(join(tmpdir(), 'modelmart-postgres-story-'))
    database = await ownDatabase(postgres.url, randomUUID())
    server = await startServer({ data, env: { MODELMART_DATABASE: database } })
    clients = clientsFor(server.url, await server.account('someone'))
  })
  after(async () => {
    await server?.stop()
    await postgres?.stop()
    await rm(data, { recursive: true, force: true })
  })

  const refused = (...words: string[]) =>
    run(process.execPath, [program, ...words]).then(
      () => assert.fail('it was not refused'),
      (error: { stderr: string }) => error.stderr,
    )

  it('has no database of its own, and remembers where its rows are, for nobody else to read', () => {
    const { database: file, databaseUrl } = dataDirectory(data)
    assert.equal(existsSync(file), false)
    assert.equal(statSync(databaseUrl).mode & 0o777, 0o600)
  })

  it('loses nothing that was acknowledged when it is killed amid many writers', async () => {
    const { s3, sagemaker } = clients
    await s3.send(new CreateBucketCommand({ Bucket: 'kept' }))
    const acknowledged: string[] = []
    const write = async (number: number) => {
      const name = `group-${number}`
      await sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: name }))
      await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: name, Body: name.repeat(100) }))
      acknowledged.push(name)
    }
    const writing = Array.from({ length: 8 }, async (_, writer) => {
      for (let number = writer; number < 400; number += 8) await write(number).catch(() => {})
    })
    while (acknowledged.length < 60) await new Promise(resolve => setTimeout(resolve, 5))
    await server.crash()
    await Promise.all(writing)
    const kept = new Set<string | undefined>()
    for await (const page of paginateListModelPackageGroups({ client: sagemaker }, {}))
      for (const group of page.ModelPackageGroupSummaryList ?? []) kept.add(group.ModelPackageGroupName)
    assert.deepEqual(
      acknowledged.filter(name => !kept.has(name)),
      [],
    )
    for (const name of acknowledged) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: name }))
      assert.equal(await Body?.transformToString(), name.repeat(100))
    }
  })

  it('is refused a second server on the same database, by whichever data directory', async () => {
    const other = await mkdtemp(join(tmpdir(), 'modelmart-postgres-second-'))
    const said = await refused('start', '--port', '0', '--data', other, '--database', database)
    assert.match(said, /^modelmart: Another server runs on this database\. /m)
    await rm(other, { recursive: true })
  })

  it('takes no directory whose rows are in SQLite, and no other kind of address', async () => {
    const other = await mkdtemp(join(tmpdir(), 'modelmart-postgres-other-'))
    const address = await refused('account', 'create', 'someone', '--data', other, '--database', 'mysql://localhost/x')
    assert.match(address, /^modelmart: --database must be postgres:\/\//)
    await run(process.execPath, [program, 'account', 'create', 'someone', '--data', other])
    const moved = await refused('account', 'list', '--data', other, '--database', database)
    assert.match(moved, /^modelmart: .* has its rows in SQLite\. /)
    await rm(other, { recursive: true })
  })

  it('is told by commands that know the data directory alone, while it runs', async () => {
    const { stdout } = await run(process.execPath, [program, 'account', 'list', '--data', data])
    assert.match(stdout, /someone/)
    const { stdout: verified } = await run(process.execPath, [program, 'verify', '--data', data])
    assert.match(verified, / 0 damaged$/m)
    const { ModelPackageGroupSummaryList: groups } = await clients.sagemaker.send(
      new ListModelPackageGroupsCommand({ NameContains: 'GROUP-1', SortBy: 'Name', SortOrder: 'Descending' }),
    )
    assert.ok(groups?.length)
  })
})
