import type { ReceiversByService } from '../../src/delivery/receiver.ts'
import { mailboxes } from '../../src/marketplace/mail/mailbox.ts'
import { certifiedAlgorithm } from '../../src/marketplace/market-story.fixture.ts'
import type { Escrow, EscrowedResource } from '../../src/service/market.ts'
import type { Store } from '../../src/store/store.ts'
import { account, region } from './place.ts'
import type { Step } from './stubs.ts'

/** Copies that the escrow holds: of which product, by their ARNs. They outlive servers. */
export type Copies = Map<string, string>

/** Letters by the numbers of their deliveries, and the texts of those that went out, which may be sent again after a crash. */
export interface Letters {
  readonly orders: Map<number, string>
  readonly sent: string[]
}

/** Whoever has subscribed is written to. */
export async function openMailbox({ db }: Store, now: number): Promise<void> {
  await db
    .insertInto('iam_account')
    .values({ id: account, name: 'ann', created: now, email: 'ann@mart.example' })
    .execute()
}

/** Of what is called so a copy is begun and never done. */
export const unfit = '-unfit'

/** The same product and ARN give the same copy. */
export const memoryEscrow = (copies: Copies, step: Step): Escrow => ({
  async copy(_account, arn, product, announce): Promise<EscrowedResource> {
    const copy = `arn:aws:sagemaker:${region}:865070037744:algorithm/${product}-${arn.split('/')[1]}`
    await announce(copy)
    return step('copy into escrow', async () => {
      copies.set(copy, product)
      if (arn.endsWith(unfit)) throw new Error(`${arn} cannot be copied`)
      return { ...certifiedAlgorithm, arn: copy }
    })
  },
  discard: arn => step('discard from escrow', async () => void copies.delete(arn)),
})

/** The mail server: it may not be reached, or have taken what nobody hears of. */
export function mailReceivers({ orders, sent }: Letters, step: Step): ReceiversByService {
  const send = ({ text }: { readonly text: string }) => step('send letter', async () => void sent.push(text))
  const post = mailboxes({ mailer: { send, close() {} }, url: 'http://mart' })
  return {
    'aws-marketplace': {
      async find(db, sender, id) {
        const found = await post.find(db, sender, id)
        if (!found) return undefined
        return {
          ...found,
          deliver(given, signal) {
            for (const { seq, body } of given) orders.set(seq, body)
            return found.deliver(given, signal)
          },
        }
      },
    },
  }
}
