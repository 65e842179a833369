import { insertAgreement } from '../../src/marketplace/agreement/agreement.ts'
import { startChangeSet } from '../../src/marketplace/catalog/change-set.ts'
import { seller } from '../../src/marketplace/market.fixture.ts'
import {
  algorithmArn,
  onProduct,
  publication,
  rates,
  usagePricing,
  version,
} from '../../src/marketplace/market-story.fixture.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import type { Context } from '../../src/service/context.ts'
import type { Db } from '../../src/store/database.ts'
import type { Ask } from './ask.ts'
import type { SimulatedServer } from './server.ts'
import { unfit } from './shop.ts'
import { account, region, type World } from './world.ts'

/** A product with its offer, all ten changes in one set, of which one may be wrong; somebody who subscribes; more versions, of which one may be beyond us. */
export function sell(world: World, number: number, ask: Ask): void {
  const isWrong = world.random.of(`product ${number}`).chance(0.4)
  const pricing = usagePricing(isWrong ? rates.slice(0, 2) : rates)
  const name = `s${number}`
  const unfitVersion = world.random.of(`unfit ${number}`).pick([undefined, undefined, 0, 1])
  const start = async (
    { platform }: SimulatedServer,
    ChangeSetName: string,
    ChangeSet: readonly object[],
    failure: string,
  ) => {
    const asked = { Catalog: 'AWSMarketplace', ChangeSetName, ClientRequestToken: ChangeSetName, ChangeSet }
    const { ChangeSetId } = await startChangeSet(asked as never, serviceContext(platform, seller, region))
    world.changeSets.push({ name: ChangeSetName, id: ChangeSetId as string, failure })
  }
  // A client that hears nothing asks again, with its token.
  for (let time = 0; time < 2; time++)
    ask('publish', 'change-set', name, (_, server) =>
      start(server, name, publication(pricing), isWrong ? 'CLIENT_ERROR' : ''),
    )
  for (let time = 0; time < 4; time++)
    ask('add version', 'change-set', name, async (ctx, server) => {
      const product = await subscribe(ctx, name)
      if (!product) return
      const second = `${name}v${time}`
      const isUnfit = time === unfitVersion
      const arn = `${algorithmArn}-${second}${isUnfit ? unfit : ''}`
      const changes = [onProduct('AddDeliveryOptions', version(second, arn), product)]
      await start(server, second, changes, isUnfit ? 'SERVER_FAULT' : '')
    })
}

/** Whoever has subscribed already need not again. Returns the product, if there is one yet. */
const subscribe = ({ store, now }: Context, name: string): Promise<string | undefined> =>
  store.transaction(async tx => {
    const made = await entitiesOf(tx.db, name)
    const [product, offer] = ['prod-', 'offer-'].map(kind => made.find(id => id.startsWith(kind)))
    if (!product || !offer) return undefined
    const id = `agmt-${name}`
    const known = await tx.db.selectFrom('market_agreement').select('id').where('id', '=', id).execute()
    const [accepted, starts] = [now().getTime(), now().getTime()]
    const document = { pricingModel: 'Usage', terms: [], autoRenew: false, upfrontCharge: '' } as const
    const given = { acceptor: account, proposer: seller, product, offer, proposal: 'p', accepted, starts, document }
    if (known.length === 0) await insertAgreement(tx, { id, ...given })
    return product
  })

/** What a change set has made. */
export async function entitiesOf(db: Db, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('market_entity')
    .innerJoin('market_change_set_entity as named', 'named.entity', 'market_entity.id')
    .innerJoin('market_change_set as one', 'one.id', 'named.change_set')
    .select('market_entity.id')
    .where('one.name', '=', name)
    .execute()
  return rows.map(({ id }) => id)
}
