import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import type { Input } from '../../service/operation.ts'
import { type AccessRule, allAsk, onAnything, type SdkApi, type Service, service } from '../../service/service.ts'
import { entityArn, findEntity, splitIdentifier } from '../entity.ts'
import { listTagsForResource, tagResource, untagResource } from '../entity-tag.ts'
import { catalogArn } from '../identifier.ts'
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

const onResource: AccessRule<{ ResourceArn: string }> = ({ ResourceArn }, _ctx, operation) => [
  { action: `aws-marketplace:${operation}`, resource: ResourceArn },
]

const onChangeSet: AccessRule<{ ChangeSetId: string }> = ({ ChangeSetId }, ctx, operation) => [
  { action: `aws-marketplace:${operation}`, resource: changeSetArn(ctx.account, ChangeSetId) },
]

/** Leave for each change on its entity, with the type of the change as AWS's condition key. */
const onChanges: AccessRule<Input<typeof Sdk, 'StartChangeSet'>> = ({ ChangeSet }, ctx) =>
  ChangeSet.map(({ ChangeType, Entity: { Type, Identifier = '*' } }) => {
    const id = Identifier.startsWith('$') ? '*' : splitIdentifier(Identifier).id
    const resource = catalogArn(ctx.account, Type.split('@')[0] as string, id)
    return { action: 'aws-marketplace:StartChangeSet', resource, conditions: { 'catalog:ChangeType': ChangeType } }
  })

/** An entity that another account shares is asked for with its owner and policy. */
const onEntity: AccessRule<Input<typeof Sdk, 'DescribeEntity'>> = async ({ EntityId }, ctx) => {
  const action = 'aws-marketplace:DescribeEntity'
  const entity = await findEntity(ctx.store, splitIdentifier(EntityId).id)
  if (!entity || entity.account === ctx.account || !entity.policy)
    return [{ action, resource: entity && entity.account === ctx.account ? entityArn(entity) : '*' }]
  return [{ action, resource: entityArn(entity), owner: entity.account, resourcePolicy: entity.policy }]
}
