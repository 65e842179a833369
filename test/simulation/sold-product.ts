import { insertAgreement } from '../../src/marketplace/agreement/agreement.ts'
import type { Term } from '../../src/marketplace/term.ts'
import { never } from '../../src/store/schema/market-columns.ts'
import type { Store } from '../../src/store/store.ts'
import { account } from './place.ts'
import type { SeededRandom } from './seeded-random.ts'

export const productArn = 'arn:aws:sagemaker:us-east-1:865070037744:algorithm/product'
const day = 86_400_000
const type = 'ml.m5.large'
const prices = {
  [`${type}.a.t`]: '1.23',
  [`${type}.m.i.b`]: '0.37',
  [`${type}.m.i.r`]: '2',
  'inference.count.m.i.c': '0.001',
}

/** A product that the account has subscribed to, on terms that are drawn; prices may change, trials and agreements end while it is used. */
export async function sellProduct(store: Store, random: SeededRandom, now: number, horizon: number): Promise<void> {
  const soon = () => now + random.between(0, horizon)
  const rates = Object.entries(prices).flatMap(([dimension, price]) => {
    const rate = { offer: 'offer-1', dimension, price, announced: 0, effective: 0 }
    if (!random.chance(0.3)) return [rate]
    const effective = soon()
    return [rate, { ...rate, price: `${price}9`, announced: now - day, effective }]
  })
  const accepted = random.pick([now - 40 * day, soon() - 2 * day])
  const grants = Object.keys(prices).flatMap(DimensionKey =>
    random.pick([[], [{ DimensionKey }], [{ DimensionKey, MaxQuantity: random.between(1, 3) }]]),
  )
  const terms: Term[] = random.pick([
    [],
    [{ Type: 'FreeTrialPricingTerm', Duration: 'P2D', Grants: grants }],
    [
      { Type: 'ValidityTerm', AgreementDuration: 'P2D' },
      { Type: 'RenewalTerm', MaxRenewals: 400 },
    ],
    [{ Type: 'ValidityTerm', AgreementDuration: 'P41D' }],
  ])
  await store.transaction(async tx => {
    await tx.db
      .insertInto('market_asset')
      .values({
        ...{ arn: productArn, product: 'prod-1', delivery_option: 'do-1', kind: 'algorithm', published: 0 },
        restricted: never,
      })
      .execute()
    await tx.db.insertInto('market_rate').values(rates).execute()
    await insertAgreement(tx, {
      ...{ id: 'agmt-1', acceptor: account, proposer: '444455556666', product: 'prod-1', offer: 'offer-1' },
      ...{ proposal: 'p', accepted, starts: accepted },
      document: {
        pricingModel: 'Usage',
        terms,
        autoRenew: terms.some(({ Type }) => Type === 'RenewalTerm'),
        upfrontCharge: '',
      },
    })
  })
}
