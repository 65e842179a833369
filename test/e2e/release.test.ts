import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type Credentials, type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../../setup/postgres.mjs'
import { emptyDatabase } from '../../src/store/own-database.fixture.ts'
import { accountOf, answersOf } from '../releases/answers.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const releases = new URL('../releases/', import.meta.url).pathname
const files = (await readdir(releases)).filter(name => name.endsWith('.tar.gz'))

interface Release {
  readonly keys: Readonly<Record<'seller' | 'buyer', Credentials>>
  readonly answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

for (const file of files)
  describe(`an installation of ${file.slice(0, -'.tar.gz'.length)}`, { timeout: 300_000 }, () => {
    let place: string
    let release: Release
    let postgres: { readonly url: string; stop(): Promise<void> }
    before(async () => {
      place = await mkdtemp(join(tmpdir(), 'modelmart-release-'))
      await run('tar', ['-C', place, '-xzf', join(releases, file)])
      release = JSON.parse(await readFile(join(place, 'answers.json'), 'utf8'))
      postgres = await startPostgres()
    })
    after(async () => {
      await postgres?.stop()
      await rm(place, { recursive: true, force: true })
    })

    for (const rows of ['SQLite', 'PostgreSQL'] as const)
      describe(`with its rows in ${rows}`, () => {
        let data: string
        let server: ServerProcess
        before(async () => {
          data = join(place, rows)
          const database = rows === 'PostgreSQL' ? await emptyDatabase(postgres.url) : undefined
          const where = database ? ['--database', database] : []
          const env = { ...process.env, MODELMART_DATABASE: '' }
          await run(
            process.execPath,
            [program, 'restore', join(place, 'backup'), '--as-copy', '--data', data, ...where],
            { env },
          )
          server = await startServer({ data, env: { MODELMART_DATABASE: database ?? '' } })
        })
        after(() => server?.stop())

        for (const person of ['seller', 'buyer'] as const)
          it(`tells its ${person} everything as it did`, async () => {
            const told = await answersOf(accountOf(server.url, release.keys[person]))
            const kept = Object.entries(release.answers[person] ?? {})
            assert.ok(kept.length > 0, 'nothing was kept of what it told')
            for (const [call, answer] of kept) assert.deepEqual(asKnown(told[call], answer), answer, call)
          })

        it('takes more, and finds nothing damaged', async () => {
          const { s3, sagemaker } = accountOf(server.url, release.keys.buyer)
          const Bucket = `later-${randomUUID()}`
          await s3.createBucket({ Bucket })
          await s3.putObject({ Bucket, Key: 'a', Body: 'later' })
          await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'later' })
          await server.stop()
          await run(process.execPath, [program, 'verify', '--data', data])
        })
      })
  })

interface Told {
  readonly Quotas?: readonly { readonly QuotaCode: string }[]
}

/** Without quotas that have come since: what the release knew has to be as it was. */
function asKnown(told: unknown, kept: unknown): unknown {
  const [now, before] = [told, kept].map(answer => (answer as Told | undefined)?.Quotas)
  if (!now || !before) return told
  const known = new Set(before.map(({ QuotaCode }) => QuotaCode))
  return { ...(told as Told), Quotas: now.filter(({ QuotaCode }) => known.has(QuotaCode)) }
}
