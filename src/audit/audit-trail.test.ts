import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { pino } from 'pino'
import { type Clock, systemClock, useClock } from '../ground/clock.ts'
import { noteResource, withNote } from '../store/commit-note.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import type { AuditEvent } from './audit-event.ts'
import { auditKey } from './chain.ts'
import { openLineFiles } from './line-files.ts'
import { openSecurityLog, type SecurityLog } from './security-log.ts'
import { verifyAudit } from './verify-chain.ts'

const rootSecret = Buffer.alloc(32, 7)
const key = auditKey(rootSecret)
const day = 24 * 3600_000

let store: Store
let directory: string
let log: SecurityLog
let ahead = 0
let clock: Disposable

before(() => {
  const moved: Clock = { ...systemClock, now: () => Date.now() + ahead, elapsed: () => systemClock.elapsed() + ahead }
  clock = useClock(moved)
})
after(async () => {
  clock[Symbol.dispose]()
  await close()
})
beforeEach(async () => {
  await close()
  ahead = 0
  store = await openTestStore()
  directory = await mkdtemp(join(tmpdir(), 'modelmart-audit-'))
  log = open()
})

const open = () =>
  openSecurityLog({ store, rootSecret, files: openLineFiles(directory), log: pino({ level: 'silent' }) })

async function close(): Promise<void> {
  await log?.close()
  await store?.close()
  if (directory) await rm(directory, { recursive: true })
}

const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  userIdentity: { type: 'Root', accountId: '111122223333', userName: 'root' },
  time: Date.now() + ahead,
  source: 'iam.amazonaws.com',
  name: 'CreateUser',
  region: 'us-east-1',
  sourceIp: '192.0.2.1',
  userAgent: 'test',
  requestId: 'r',
  readOnly: false,
  resources: [],
  account: '111122223333',
  type: 'AwsApiCall',
  ...change,
})

const texts = async (): Promise<string[]> =>
  (await store.db.selectFrom('audit_event').select('text').orderBy('seq').execute()).map(({ text }) => text)
const problems = async (head?: string) => (await verifyAudit(store, key, openLineFiles(directory), head)).problems
const setting = (name: string) =>
  store.transaction(tx => tx.db.insertInto('setting').values({ name, value: 'x' }).execute())

describe('a change and its event', () => {
  it('are one commit: neither is there without the other', async () => {
    const note = log.trail.note(event())
    await withNote(note, async () => {
      await setting('made')
      noteResource('AWS::IAM::AccessKey', 'AKIA1')
    })
    assert.equal(note.state, 'written')
    const failing = log.trail.note(event({ name: 'Failing' }))
    await assert.rejects(
      withNote(failing, () => setting('made')),
      /UNIQUE|unique constraint/,
    )
    assert.equal(failing.state, 'open')
    assert.deepEqual(
      (await texts()).map(text => JSON.parse(text).eventName),
      ['CreateUser'],
    )
  })

  it('undo each other: what cannot be told is not done', async () => {
    const note = { ...log.trail.note(event()), write: () => Promise.reject(new Error('no room')) }
    await assert.rejects(
      withNote(note, () => setting('untold')),
      /no room/,
    )
    const found = await store.db.selectFrom('setting').selectAll().where('name', '=', 'untold').execute()
    assert.deepEqual(found, [])
  })

  it('are told once, however many transactions a change has', async () => {
    await withNote(log.trail.note(event()), async () => {
      await Promise.all([setting('a'), setting('b')])
      await setting('c')
    })
    assert.equal((await texts()).length, 1)
  })
})

describe('a flood of refusals', () => {
  it('costs a bounded number of rows, tells how many came, and hides no other account', async () => {
    const refusal = { errorCode: 'AccessDenied', errorMessage: 'no' }
    for (let n = 0; n < 20_000; n++) {
      log.trail.refuse(event({ ...refusal, sourceIp: `198.51.100.${n % 200}` }), 'unproven 111122223333')
      log.trail.refuse(event({ ...refusal, name: 'ListUsers' }), '444455556666')
    }
    await log.trail.settle()
    ahead += 61_000
    await log.trail.settle()
    const told = (await texts()).map(text => JSON.parse(text))
    assert.ok(told.length <= 64, `${told.length} rows`)
    const count = told.reduce((sum, { additionalEventData: more }) => {
      return sum + (more === undefined ? 1 : (more.repeated ?? more.others))
    }, 0)
    assert.equal(count, 40_000)
    const listed = told.filter(({ eventName }) => eventName === 'ListUsers')
    assert.deepEqual(
      listed.map(({ additionalEventData }) => additionalEventData),
      [undefined, { repeated: 19_999 }],
    )
  })

  it('is bounded by the day as well', async () => {
    for (let minute = 0; minute < 60; minute++) {
      for (let n = 0; n < 100; n++)
        log.trail.refuse(event({ errorCode: 'AccessDenied', sourceIp: `2001:db8::${minute}:${n}` }), 'unproven ')
      await log.trail.settle()
      ahead += 61_000
    }
    await log.trail.settle()
    const rows = (await texts()).length
    assert.ok(rows <= 1000 + 60, `${rows} rows`)
  })
})

describe('the chain', () => {
  const write = async (count: number) => {
    for (let n = 0; n < count; n++) await log.trail.append(event({ name: `Event${n}` }))
    await log.follow()
  }

  const lines = async (): Promise<string[]> => {
    const [file = ''] = await readdir(directory)
    return (await readFile(join(directory, file), 'utf8')).trimEnd().split('\n')
  }

  it('is whole, in rows and files, also after a crash in the middle of a line', async () => {
    await write(5)
    await log.close()
    const [file = ''] = await readdir(directory)
    const path = join(directory, file)
    const { length } = await readFile(path)
    await truncate(path, length - 40)
    log = open()
    await write(3)
    assert.deepEqual(await problems(), [])
    assert.equal((await lines()).length, 8)
  })

  it('is whole when the newest file was made and the server died before a line was in it', async () => {
    await write(5)
    await log.close()
    await writeFile(join(directory, '9999-12-31.jsonl'), '{"seq":6,"prev')
    log = open()
    await write(1)
    assert.deepEqual(await problems(), [])
  })

  it('is whole when a full disk took half of what was written', async () => {
    await write(2)
    await log.close()
    const files = openLineFiles(directory)
    let isFull = true
    const append = async (name: string, lines: string) => {
      if (!isFull) return files.append(name, lines)
      isFull = false
      await files.append(name, lines.slice(0, lines.length / 2))
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }
    log = openSecurityLog({ store, rootSecret, files: { ...files, append }, log: pino({ level: 'silent' }) })
    await write(3)
    await log.follow()
    assert.equal(isFull, false)
    assert.deepEqual(await problems(), [])
    assert.equal((await lines()).length, 5)
  })

  it('tells what was changed, taken out, or cut off', async () => {
    await write(5)
    const { head } = await verifyAudit(store, key, openLineFiles(directory))
    const row = await store.db.selectFrom('audit_event').selectAll().where('seq', '=', 3).executeTakeFirstOrThrow()
    const text = row.text.replace('Event2', 'Event9')
    await store.db.updateTable('audit_event').set({ text }).where('seq', '=', 3).execute()
    assert.deepEqual(await problems(), ['the database: event 3 was changed'])
    await store.db.deleteFrom('audit_event').where('seq', '=', 3).execute()
    assert.deepEqual(await problems(), ['the database: event 4 follows event 2'])
    await store.db.deleteFrom('audit_event').where('seq', '>=', 3).execute()
    assert.deepEqual(await problems(), ['the database ends with event 2, the files with 5'])
    await rm(directory, { recursive: true })
    assert.deepEqual(await problems(head), ['event 5 is not there as it was'])
    await store.db.deleteFrom('audit_event').where('seq', '=', 1).execute()
    assert.deepEqual(await problems(), ['the database: event 2 follows event 0'])
    directory = await mkdtemp(join(tmpdir(), 'modelmart-audit-'))
  })

  it('is kept for 90 days, and whole behind what was taken off', async () => {
    await write(600)
    ahead = 91 * day
    await write(3)
    await log.sweep(new Date(Date.now() + ahead))
    assert.equal((await texts()).length, 3)
    assert.deepEqual(await problems(), [])
    assert.equal((await readdir(directory)).length, 1)
    const attributes = await store.db.selectFrom('audit_attribute').select('seq').where('seq', '<=', 600).execute()
    assert.deepEqual(attributes, [])
    const moved = JSON.stringify({ seq: 601, hash: 'f'.repeat(64), seal: 'forged' })
    await store.db.updateTable('setting').set({ value: moved }).where('name', '=', 'audit anchor').execute()
    assert.match((await problems()).join(), /without the root secret/)
  })
})
