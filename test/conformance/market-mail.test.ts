import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { startServer } from '../../demo/server-process.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { createAccount } from '../../src/iam/account.ts'
import { mailTo } from '../../src/marketplace/mail/mail-to.ts'
import { writeToSubscribers } from '../../src/marketplace/mail/subscriber-notice.ts'
import { databaseEnvironment } from '../../src/store/own-database.fixture.ts'
import { never } from '../../src/store/schema/market-columns.ts'
import { until } from '../e2e/until.ts'

const letters: { readonly to: string; readonly text: string }[] = []
const post = new SMTPServer({
  ...{ hideSTARTTLS: true, authOptional: true, logger: false },
  async onData(stream, { envelope }, callback) {
    letters.push({ to: envelope.rcptTo[0]?.address ?? '', text: await text(stream) })
    callback()
  },
})
post.listen(0, '127.0.0.1')
await once(post.server, 'listening')
after(() => new Promise<void>(resolve => post.close(() => resolve())))

const data = await mkdtemp(join(tmpdir(), 'modelmart-market-mail-'))
after(() => rm(data, { recursive: true }))
const id = '111122223333'
const product = { id: 'prod-1', title: 'Iris Trees' }

/** What a server had committed when it was killed. */
async function leave(): Promise<void> {
  const { MODELMART_DATABASE: database } = await databaseEnvironment(data)
  const { store, rootSecret } = await openInstallation({ data, database })
  await createAccount(store, rootSecret, { name: 'ann', id, email: 'ann@buyer.example' })
  await store.transaction(async tx => {
    const agreement = { id: 'agmt-1', acceptor: id, proposer: 'x', product: product.id, offer: 'offer-1', proposal: '' }
    const times = { accepted: 1, starts: 1, ends: never, covers_from: 0, trial: 0, document: '{}' }
    await tx.db
      .insertInto('market_agreement')
      .values({ ...agreement, ...times, status: 'ACTIVE' })
      .execute()
    await mailTo(tx, id, 'Review Invited', async () => ({ product, agreement: { id: 'agmt-1' } }))
    const facts = { product, version: { title: '2.0' } }
    await writeToSubscribers(tx, { product: product.id, offer: '', at: 2, letter: 'Version Added', facts })
  })
  await store.close()
}

it('letters that were queued when a server was killed are sent by the next one, with links to where it is', async () => {
  await leave()
  const { port } = post.server.address() as AddressInfo
  const env = { MODELMART_SMTP_URL: `smtp://127.0.0.1:${port}`, MODELMART_MAIL_FROM: 'no-reply@mart.example' }
  const server = await startServer({ data, env, engineSocket: 'unix:///nobody' })
  try {
    await until(
      'two letters',
      async () => letters.length,
      count => count >= 2,
    )
    assert.deepEqual(
      letters.map(({ to }) => to),
      Array(2).fill('ann@buyer.example'),
    )
    const subjects = letters.map(letter => /^Subject: (.*)$/m.exec(letter.text)?.[1]?.trim())
    assert.deepEqual(subjects.sort(), ['Iris Trees has a new version', 'What do you think of Iris Trees?'])
    for (const letter of letters)
      assert.ok(letter.text.includes(`${server.url}/console/marketplace/subscriptions/agmt-1`))
  } finally {
    await server.stop()
  }
})
