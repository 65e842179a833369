import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import type { Input } from '../../service/operation.ts'
import { type AccessRule, allAsk, onAnything, type SdkApi, type Service, service } from '../../service/service.ts'
import { entityArn, findEntity, splitIdentifier } from '../entity.ts'
import { listTagsForResource, tagResource, untagResource } from '../entity-tag.ts'
import { catalogArn } from '../identifier.ts'
import { describeAssessment, listAssessments } from './assessment.ts'
import { cancelChangeSet, changeSetArn, describeChangeSet, startChangeSet } from './change-set.ts'
import { batchDescribeEntities, describeEntity } from './describe-entity.ts'
import { listChangeSets } from './list-change-sets.ts'
import { listEntities } from './list-entities.ts'
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policy.ts'

type CatalogApi = SdkApi<typeof Sdk>

const anything = onAnything('aws-marketplace')

/** The AWS Marketplace Catalog API: what sellers use. */
export function createCatalogService(): Service {
  return service<CatalogApi>({
    model: 'marketplace-catalog',
    operations: {
      StartChangeSet: { run: startChangeSet, access: onChanges },
      DescribeEntity: { run: describeEntity, access: onEntity },
      BatchDescribeEntities: { run: batchDescribeEntities, access: anything },
      ListEntities: { run: listEntities, access: anything },
      ListAssessments: { run: listAssessments, access: anything },
      DescribeAssessment: { run: describeAssessment, access: anything },
      ListChangeSets: { run: listChangeSets, access: anything },
      ...allAsk<CatalogApi>(onChangeSet, { DescribeChangeSet: describeChangeSet, CancelChangeSet: cancelChangeSet }),
      ...allAsk<CatalogApi>(onResource, {
        PutResourcePolicy: putResourcePolicy,
        GetResourcePolicy: getResourcePolicy,
        DeleteResourcePolicy: deleteResourcePolicy,
        TagResource: tagResource,
        UntagResource: untagResource,
        ListTagsForResource: listTagsForResource,
      }),
    },
  })
}

interface Tagged {
  readonly ResourceArn: string
  readonly Tags?: readonly Tag[]
  readonly TagKeys?: readonly string[]
}
type Tag = { readonly Key: string; readonly Value: string }

const onResource: AccessRule<Tagged> = async ({ ResourceArn, Tags, TagKeys }, ctx, operation) => {
  const held = await ctx.store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', ResourceArn).execute()
  const ofResource = Object.fromEntries(held.map(({ key, value }) => [`aws:ResourceTag/${key}`, value]))
  const conditions = { ...ofResource, ...tagConditions(Tags), ...(TagKeys && { 'aws:TagKeys': TagKeys }) }
  return [{ action: `aws-marketplace:${operation}`, resource: ResourceArn, conditions }]
}

const tagConditions = (tags: readonly Tag[] | undefined): Record<string, string | readonly string[]> => ({
  ...Object.fromEntries((tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  ...(tags && { 'aws:TagKeys': tags.map(tag => tag.Key) }),
})

const onChangeSet: AccessRule<{ ChangeSetId: string }> = ({ ChangeSetId }, ctx, operation) => [
  { action: `aws-marketplace:${operation}`, resource: changeSetArn(ctx.account, ChangeSetId) },
]

/** Leave for each change on its entity, with the type of the change as AWS's condition key, and on each offer that a set is to have. */
const onChanges: AccessRule<Input<typeof Sdk, 'StartChangeSet'>> = ({ ChangeSet, ChangeSetTags, Intent }, ctx) =>
  ChangeSet.flatMap(({ ChangeType, Entity: { Type, Identifier }, DetailsDocument, Details }) => {
    const ask = (type: string, changeType: string, id = '*') => ({
      action: 'aws-marketplace:StartChangeSet',
      resource: catalogArn(ctx.account, type, id.startsWith('$') ? '*' : splitIdentifier(id).id),
      conditions: {
        'catalog:ChangeType': changeType,
        'aws-marketplace:Intent': Intent ?? 'APPLY',
        ...tagConditions(ChangeSetTags),
      },
    })
    const offers = ChangeType === 'AssociateOffers' ? offersOf(DetailsDocument ?? Details) : []
    return [
      ask(Type.split('@')[0] as string, ChangeType, Identifier),
      ...offers.map(id => ask('Offer', 'AssociateWithOfferSet', id)),
    ]
  })

/** What no change would take is refused when it is read. */
function offersOf(details: unknown): string[] {
  try {
    const { Offers } = typeof details === 'string' ? JSON.parse(details) : (details as { Offers?: unknown })
    return [Offers].flat().map(offer => String(offer?.OfferId ?? '*'))
  } catch {
    return []
  }
}

/** An entity that another account shares is asked for with its owner and policy. */
const onEntity: AccessRule<Input<typeof Sdk, 'DescribeEntity'>> = async ({ EntityId }, ctx) => {
  const action = 'aws-marketplace:DescribeEntity'
  const entity = await findEntity(ctx.store, splitIdentifier(EntityId).id)
  if (!entity || entity.account === ctx.account || !entity.policy)
    return [{ action, resource: entity && entity.account === ctx.account ? entityArn(entity) : '*' }]
  return [{ action, resource: entityArn(entity), owner: entity.account, resourcePolicy: entity.policy }]
}
