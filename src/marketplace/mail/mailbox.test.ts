import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryReconciler } from '../../delivery/delivery.reconcile.ts'
import { systemClock, useClock } from '../../ground/clock.ts'
import { type Mail, type Mailer, MailRefused } from '../../outgoing/mailer.ts'
import { Unreachable } from '../../outgoing/outgoing-request.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import { mailTo } from './mail-to.ts'
import { mailboxes } from './mailbox.ts'

const account = '111122223333'

/** An account with an address, a queue, and a mail server that a test answers for. */
async function openMail({ isMailed = true, email = 'ann@mart.example' } = {}) {
  const store = await openTestStore()
  const time = { now: Date.parse('2026-11-29T12:00:00Z') }
  const clock = useClock({ ...systemClock, now: () => time.now })
  await store.db.insertInto('iam_account').values({ id: account, name: 'ann', created: 0, email }).execute()
  const sent: Mail[] = []
  const behaviour: { trouble?: Error | undefined } = {}
  const mailer: Mailer = {
    async send(mail) {
      if (behaviour.trouble) throw behaviour.trouble
      sent.push(mail)
    },
    close() {},
  }
  const receivers = { 'aws-marketplace': mailboxes({ mailer: isMailed ? mailer : undefined, url: 'http://mart' }) }
  const reconcile = deliveryReconciler({ store, now: () => new Date(time.now), receivers })
  const product = { id: 'prod-1', title: 'Trees' }
  return {
    ...{ store, time, sent, behaviour },
    tell: (letter = 'Review Invited') =>
      store.transaction(tx => mailTo(tx, account, letter, async () => ({ product, agreement: { id: 'agmt-1' } }))),
    async work() {
      const rows = await store.db.selectFrom('work').select('key').execute()
      const looks = await Promise.all(rows.map(({ key }) => reconcile(key, AbortSignal.timeout(10_000))))
      await store.db.deleteFrom('work').execute()
      return looks.map(look => look?.after)
    },
    waiting: async () => (await store.db.selectFrom('event_delivery').select('seq').execute()).length,
    dead: () => store.db.selectFrom('event_dead_letter').selectAll().execute(),
    async [Symbol.asyncDispose]() {
      clock[Symbol.dispose]()
      await store.close()
    },
  }
}

test('a letter waits until the mail server can be reached', async () => {
  await using at = await openMail()
  at.behaviour.trouble = new Unreachable('The mail server cannot be used: connect ECONNREFUSED')
  await at.tell()
  const [after = 0] = await at.work()
  assert.ok(after > 0)
  assert.deepEqual([at.sent.length, await at.waiting()], [0, 1])
  at.behaviour.trouble = undefined
  at.time.now += after
  await at.store.transaction(tx =>
    tx.enqueue('event-delivery', `arn:aws:aws-marketplace:us-east-1:${account}:mailbox/account`),
  )
  await at.work()
  assert.deepEqual([at.sent.length, await at.waiting()], [1, 0])
  assert.deepEqual([at.sent[0]?.to, at.sent[0]?.subject], ['ann@mart.example', 'What do you think of Trees?'])
})

test('a letter that the mail server will never take is a dead letter', async () => {
  await using at = await openMail()
  at.behaviour.trouble = new MailRefused(550, 'no such mailbox')
  await at.tell()
  await at.work()
  const [letter] = await at.dead()
  assert.deepEqual(
    [letter?.account, letter?.error_code, letter?.error_message],
    [account, 'SMTP_550', 'no such mailbox'],
  )
})

test('a change that is not committed is not written of', async () => {
  await using at = await openMail()
  const failed = at.store.transaction(async tx => {
    await mailTo(tx, account, 'Review Invited', async () => ({ product: { title: 'Trees' } }))
    throw new Error('no')
  })
  await assert.rejects(failed, /no/)
  assert.equal(await at.waiting(), 0)
})

test('an account without an address, and what there is no letter of, are written nothing', async () => {
  await using nowhere = await openMail({ email: '' })
  await nowhere.tell()
  await using at = await openMail()
  await at.tell('Change Set Succeeded')
  assert.deepEqual([await nowhere.waiting(), await at.waiting()], [0, 0])
})

test('where the operator names no mail server nothing waits for one', async () => {
  await using at = await openMail({ isMailed: false })
  await at.tell()
  await at.work()
  assert.deepEqual([await at.waiting(), await at.dead()], [0, []])
})
