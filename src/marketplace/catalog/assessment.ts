import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import type { SelectQueryBuilder } from 'kysely'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { AssessmentTable } from '../../store/schema/market-catalog-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { visibleProduct } from '../discovery/visibility.ts'
import { findEntity, splitIdentifier } from '../entity.ts'
import { catalog, derivedId, isoSeconds } from '../identifier.ts'
import type { Product, Version } from '../product.ts'
import { controlsOf } from './assessment-control.ts'
import { checkCatalog, notFound } from './catalog-check.ts'
import type { Op } from './catalog-operation.ts'

/** AWS names its frameworks so, and has published none for machine learning. */
const framework = 'MachineLearningCertification'

/** Keeps the certificate of a version that was added; what is known already stays. */
export async function saveAssessment(
  { db }: Transaction,
  { id: product, account }: Product,
  { deliveryOptionId, certificate }: Version,
  changeSet: string,
): Promise<void> {
  if (!certificate) return
  await db
    .insertInto('market_assessment')
    .values({
      ...{ id: derivedId('assessment-', 25, deliveryOptionId), account, product, change_set: changeSet },
      ...{ delivery_option: deliveryOptionId, created: certificate.issued, document: JSON.stringify(certificate) },
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

type Filters = Input<typeof Sdk, 'ListAssessments'>['FrameworkFilters']

type Query = SelectQueryBuilder<Database, 'market_assessment', AssessmentTable>

/** `EntityIds` came after the SDK's types. */
type Target = { EntityId?: string; ChangeSetId?: string; EntityIds?: readonly string[] }

/**
 * Certificates, newest first: the caller's own, or of one product that the caller may see, as its page shows them. Source: AWS Marketplace
 * Catalog API Reference, ListAssessments.
 */
export const listAssessments: Op<'ListAssessments'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const { NextToken, MaxResults = 20, ...asked } = input
  const pages = paging<ColumnPlace>(['ListAssessments', ctx.account, asked], NextToken)
  const query = wants(input.FrameworkId, input.FrameworkFilters)
    ? await narrowed(input.AssessmentTargetFilter ?? {}, input.FrameworkFilters, ctx)
    : undefined
  const found = query
    ? await inOrder(query, { column: 'created', direction: 'desc' }, pages.after)
        .limit(MaxResults + 1)
        .execute()
    : []
  const { items, next } = pages.cut(found, MaxResults, ({ created, id }) => [created, id])
  return { AssessmentSummaryList: items.map(summary), ...(next !== undefined && { NextToken: next }) }
}

const wants = (id: string | undefined, filters: Filters): boolean =>
  (id === undefined || id === framework || id === versioned) && filters?.AMISecurityFilters === undefined

const versioned = `${framework}@1.0`

/** Undefined when the caller may see nothing of what is asked for. */
async function narrowed(
  { EntityId, ChangeSetId, EntityIds }: Target,
  filters: Filters,
  ctx: Context,
): Promise<Query | undefined> {
  const option = filters?.ContainerSecurityFilters?.DeliveryOptionId
  let query: Query = ctx.store.db.selectFrom('market_assessment').selectAll()
  if (EntityId === undefined) query = query.where('account', '=', ctx.account)
  else if (await maySee(EntityId, ctx)) query = query.where('product', '=', splitIdentifier(EntityId).id)
  else return undefined
  if (ChangeSetId !== undefined) query = query.where('change_set', '=', ChangeSetId)
  if (EntityIds) query = query.where('product', 'in', [...EntityIds])
  return option === undefined ? query : query.where('delivery_option', '=', option)
}

async function maySee(identifier: string, ctx: Context): Promise<boolean> {
  const { id } = splitIdentifier(identifier)
  const entity = await findEntity(ctx.store, id)
  return entity?.account === ctx.account || (await visibleProduct(ctx.store.db, ctx.account, id)) !== undefined
}

/** One certificate with its controls; see `assessment-control.ts`. Source: AWS Marketplace Catalog API Reference, DescribeAssessment. */
export const describeAssessment: Op<'DescribeAssessment'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const { AssessmentIdentifier, MaxResults = 50, NextToken } = input
  const pages = paging<number>(['DescribeAssessment', ctx.account, AssessmentIdentifier], NextToken)
  const id = AssessmentIdentifier.split('/').at(-1) ?? ''
  const row = await ctx.store.db.selectFrom('market_assessment').selectAll().where('id', '=', id).executeTakeFirst()
  const named = row && (AssessmentIdentifier === id || AssessmentIdentifier === assessmentArn(id))
  if (!named || !(await maySee(row.product, ctx))) throw notFound(`Assessment ${AssessmentIdentifier}`)
  const from = pages.after ?? 0
  const rest = controlsOf(JSON.parse(row.document)).slice(from)
  const { items, next } = pages.cut(rest, MaxResults, () => from + MaxResults)
  return { ...summary(row), ControlAssessments: items, ...(next !== undefined && { NextToken: next }) }
}

/** Without an account, as AWS's are. */
const assessmentArn = (id: string): string => `arn:aws:aws-marketplace:us-east-1::${catalog}/Assessment/${id}`

/** Only what has passed is published. The delivery option is told as that of a container, which a product of machine learning is. */
const summary = ({ id, product, change_set, delivery_option, created }: AssessmentTable) => ({
  AssessmentArn: assessmentArn(id),
  AssessmentId: id,
  FrameworkId: versioned,
  AssessmentTargetSummary: { EntityId: product, ChangeSetId: change_set },
  FrameworkSummary: { ContainerSecuritySummary: { DeliveryOptionId: delivery_option } },
  AssessmentResult: 'PASS' as const,
  CreatedAt: isoSeconds(created),
})
