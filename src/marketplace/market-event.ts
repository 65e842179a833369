import { randomness } from '../ground/randomness.ts'
import { announce } from '../store/announcement.ts'
import type { Db } from '../store/database.ts'
import { never } from '../store/schema/market-columns.ts'
import type { Transaction } from '../store/store.ts'
import { catalog, catalogArn } from './identifier.ts'
import { mailTo } from './mail/mail-to.ts'

/** Where the marketplace tells everything, whoever asked from where (AWS Marketplace Seller Guide, "Amazon EventBridge events"). */
const region = 'us-east-1'

type Source =
  | 'aws.agreement-marketplace'
  | 'aws.marketplacecatalog'
  | 'aws.discovery-marketplace'
  | 'aws.private-marketplace'
  | 'modelmart.marketplace'

interface Told {
  readonly source: Source
  readonly detailType: string
  /** The ARN of the entity. */
  readonly resource: string
  readonly detail: (db: Db) => Promise<object>
}

/** Tells an account of what happened in the market, by an event and by mail where there is a letter for it, by the commit in which it did. */
export async function tell(tx: Transaction, account: string, told: Told): Promise<void> {
  const { source, detailType, resource } = told
  let known: Promise<object> | undefined
  const detail = () => {
    known ??= told.detail(tx.db)
    return known
  }
  await announce(tx, {
    ...{ account, region, source, detailType, resources: [resource] },
    detail: async () => ({ requestId: randomness.uuid(), catalog, ...(await detail()) }),
  })
  await mailTo(tx, account, detailType, detail)
}

/** What events tell of the two sides of an agreement and of what it is about. */
interface Agreed {
  readonly id: string
  readonly acceptor: string
  readonly proposer: string
  readonly offer: string
  readonly product: string
}

type Role = 'Proposer' | 'Acceptor'

/** Tells both sides of an agreement, or one, each as what it is. `detail` may depend on the side. */
export async function tellParties(
  tx: Transaction,
  agreement: Agreed,
  what: string,
  detail: (role: Role) => object,
  roles: readonly Role[] = ['Proposer', 'Acceptor'],
): Promise<void> {
  const accounts = { Proposer: agreement.proposer, Acceptor: agreement.acceptor }
  for (const role of roles) {
    const account = accounts[role]
    await tell(tx, account, {
      ...{ source: 'aws.agreement-marketplace', detailType: `${what} - ${role}` },
      resource: catalogArn(account, 'Agreement', agreement.id),
      detail: async db => ({ ...(await partiesOf(db, agreement)), ...detail(role) }),
    })
  }
}

/** What every event on an agreement names. */
export async function partiesOf(db: Db, { acceptor, proposer, offer, product }: Agreed) {
  return {
    acceptor: { accountId: acceptor },
    proposer: await partyOf(db, proposer),
    offer: await namedOffer(db, offer),
    product: await namedProduct(db, product),
  }
}

export async function partyOf(db: Db, accountId: string): Promise<{ accountId: string; name: string }> {
  const row = await db.selectFrom('iam_account').select('name').where('id', '=', accountId).executeTakeFirst()
  return { accountId, name: row?.name ?? accountId }
}

const nameOf = async (db: Db, id: string): Promise<string> =>
  (await db.selectFrom('market_entity').select('name').where('id', '=', id).executeTakeFirst())?.name ?? ''

const namedOffer = async (db: Db, id: string) => ({ id, name: await nameOf(db, id) })
export const namedProduct = async (db: Db, id: string) => ({ id, title: await nameOf(db, id) })

/** A time of an event; undefined for one that never comes. */
export const eventTime = (time: number): string | undefined =>
  time >= never ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
