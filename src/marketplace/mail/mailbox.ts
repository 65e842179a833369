import { deliverEach } from '../../delivery/deliver-each.ts'
import { exhausted, retryDelay } from '../../delivery/delivery-decision.ts'
import type { Outcome, Receivers } from '../../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../../delivery/undeliverable.ts'
import { randomness } from '../../ground/randomness.ts'
import { type Mailer, MailRefused } from '../../outgoing/mailer.ts'
import { letterFor, writeLetter } from './letter-text.ts'
import { addressOf, type MailOrder } from './mail-to.ts'

export interface MailboxParts {
  /** None where the operator has named no mail server: then nothing is written to anyone, and what waits is dropped. */
  readonly mailer: Mailer | undefined
  /** What the world calls this installation. */
  readonly url: string
}

/** Accounts' addresses, as receivers of the marketplace's letters. Each letter waits for itself. */
export const mailboxes = ({ mailer, url }: MailboxParts): Receivers => ({
  async find(db, sender, id) {
    const account = sender.split(':')[4] ?? ''
    const to = mailer && (await addressOf(db, account))
    if (!mailer || !to) return undefined
    return {
      ...{ sender, id, account, region: 'us-east-1', retryAt: 0, isOrdered: false },
      deliver: (given, signal) => deliverEach(given, signal, order => send(mailer, to, url, order)),
      afterFailure(failed, now, trouble) {
        const condition = exhausted(failed, undefined, now)
        if (condition) return new Undeliverable(condition, trouble.message)
        return { after: retryDelay(failed.attempts, randomness.number()) }
      },
      async setRetryAt() {},
    }
  },
})

async function send(mailer: Mailer, to: string, url: string, { body }: Outgoing): Promise<Outcome> {
  const { letter, facts }: MailOrder = JSON.parse(body)
  const form = letterFor(letter, facts)
  if (!form) return new Undeliverable('UNKNOWN_LETTER', `There is no letter ${letter}`)
  try {
    await mailer.send({ to, name: 'Marketplace', ...writeLetter(form, facts, url) })
    return undefined
  } catch (error) {
    return error instanceof MailRefused ? new Undeliverable(`SMTP_${error.code}`, error.message) : (error as Error)
  }
}
