import type * as Sdk from '@aws-sdk/client-marketplace-entitlement-service'
import type { Kysely } from 'kysely'
import { ServiceError } from '../../ground/errors.ts'
import type { Input, Operation, OperationName, Output } from '../../service/operation.ts'
import { paging } from '../../service/page.ts'
import { onAnything, type SdkApi, type Service, service } from '../../service/service.ts'
import type { Database } from '../../store/database.ts'
import { customerIdentifier } from '../identifier.ts'
import { requireOwnProductCode } from '../product-code.ts'
import { addDuration, findTerm } from '../term.ts'
import { type Agreement, agreementOf, isActive } from './agreement.ts'
import { licenseArn } from './license.ts'

type Op<Name extends OperationName<typeof Sdk>> = Operation<Input<typeof Sdk, Name>, Output<typeof Sdk, Name>>
type Entitlement = NonNullable<Output<typeof Sdk, 'GetEntitlements'>['Entitlements']>[number]

const invalid = (message: string): ServiceError => new ServiceError('InvalidParameterException', message)

/** What buyers of the caller's product have paid for in advance or have on trial: contracts and running free trials. */
const getEntitlements: Op<'GetEntitlements'> = async (input, ctx) => {
  const { NextToken, MaxResults = 25, ...asked } = input
  const listing = ['GetEntitlements', ctx.account, asked]
  const product = await requireOwnProductCode(ctx.store.db, input.ProductCode, ctx.account, invalid)
  const pages = paging<number>(listing, NextToken, invalid)
  const from = pages.after ?? 0
  const now = ctx.now().getTime()
  const agreements = await activeAgreements(ctx.store.db, product.id, now)
  const entitled = agreements
    .flatMap(agreement => entitlementsOf(agreement, input.ProductCode, now))
    .filter(entitlement => matches(entitlement, (input.Filter ?? {}) as Partial<Record<string, string[]>>))
  const next = from + MaxResults
  return {
    Entitlements: entitled.slice(from, next),
    ...(entitled.length > next && { NextToken: pages.token(next) }),
  }
}

async function activeAgreements(db: Kysely<Database>, product: string, now: number): Promise<Agreement[]> {
  const rows = await db
    .selectFrom('market_agreement')
    .selectAll()
    .where('product', '=', product)
    .where('status', '=', 'ACTIVE')
    .orderBy('accepted')
    .orderBy('id')
    .execute()
  return rows.map(agreementOf).filter(agreement => isActive(agreement, now))
}

function entitlementsOf(
  { id, document, starts, acceptor }: Agreement,
  productCode: string,
  now: number,
): Entitlement[] {
  const terms = [findTerm(document.terms, 'FixedUpfrontPricingTerm'), findTerm(document.terms, 'FreeTrialPricingTerm')]
  return terms.flatMap(term => {
    const ends = term ? addDuration(starts, term.Duration) : 0
    if (!term || ends <= now) return []
    return term.Grants.map(({ DimensionKey, MaxQuantity }) => ({
      ProductCode: productCode,
      Dimension: DimensionKey,
      CustomerIdentifier: customerIdentifier(acceptor, productCode),
      CustomerAWSAccountId: acceptor,
      LicenseArn: licenseArn(id),
      Value: MaxQuantity === undefined ? { BooleanValue: true } : { IntegerValue: MaxQuantity },
      ExpirationDate: new Date(ends),
    }))
  })
}

const filterMembers: Readonly<Record<string, keyof Entitlement>> = {
  CUSTOMER_IDENTIFIER: 'CustomerIdentifier',
  CUSTOMER_AWS_ACCOUNT_ID: 'CustomerAWSAccountId',
  DIMENSION: 'Dimension',
  LICENSE_ARN: 'LicenseArn',
}

const matches = (entitlement: Entitlement, filter: Partial<Record<string, string[]>>): boolean =>
  Object.entries(filter).every(([name, values = []]) => {
    const member = filterMembers[name]
    return member !== undefined && values.includes(String(entitlement[member]))
  })

/** The AWS Marketplace Entitlement Service: what sellers ask about their buyers. */
export const createEntitlementService = (): Service =>
  service<SdkApi<typeof Sdk>>({
    model: 'marketplace-entitlement',
    operations: { GetEntitlements: { run: getEntitlements, access: onAnything('aws-marketplace') } },
  })
