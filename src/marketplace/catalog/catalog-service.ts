import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import { load } from '../../model/load.ts'
import type { Access } from '../../service/access.ts'
import type { Context } from '../../service/context.ts'
import type { Input, Service } from '../../service/operation.ts'
import { entityArn, findEntity, splitIdentifier } from '../entity.ts'
import { listTagsForResource, tagResource, untagResource } from '../entity-tag.ts'
import { catalogArn } from '../identifier.ts'
import { cancelChangeSet, changeSetArn, describeChangeSet, startChangeSet } from './change-set.ts'
import { batchDescribeEntities, describeEntity } from './describe-entity.ts'
import { listChangeSets } from './list-change-sets.ts'
import { listEntities } from './list-entities.ts'
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policy.ts'

/** The AWS Marketplace Catalog API: what sellers use. */
export function createCatalogService(): Service {
  return {
    model: load('marketplace-catalog'),
    operations: {
      StartChangeSet: startChangeSet,
      DescribeChangeSet: describeChangeSet,
      ListChangeSets: listChangeSets,
      CancelChangeSet: cancelChangeSet,
      DescribeEntity: describeEntity,
      BatchDescribeEntities: batchDescribeEntities,
      ListEntities: listEntities,
      PutResourcePolicy: putResourcePolicy,
      GetResourcePolicy: getResourcePolicy,
      DeleteResourcePolicy: deleteResourcePolicy,
      TagResource: tagResource,
      UntagResource: untagResource,
      ListTagsForResource: listTagsForResource,
    },
    access,
  }
}

/** Asks on the ARNs that a request names; an entity that another account shares is asked for with its owner and policy. */
async function access(operation: string, input: Record<string, unknown>, ctx: Context): Promise<readonly Access[]> {
  const action = `aws-marketplace:${operation}`
  if (operation === 'StartChangeSet') return changeAccess(action, input as unknown as StartInput, ctx)
  if (operation === 'DescribeEntity') return [await entityAccess(action, String(input.EntityId), ctx)]
  if (typeof input.ResourceArn === 'string') return [{ action, resource: input.ResourceArn }]
  if (typeof input.ChangeSetId === 'string') return [{ action, resource: changeSetArn(ctx.account, input.ChangeSetId) }]
  return [{ action, resource: '*' }]
}

type StartInput = Input<typeof Sdk, 'StartChangeSet'>

/** Leave for each change on its entity, with the type of the change as AWS's condition key. */
const changeAccess = (action: string, { ChangeSet }: StartInput, ctx: Context): Access[] =>
  ChangeSet.map(({ ChangeType, Entity: { Type, Identifier = '*' } }) => {
    const id = Identifier.startsWith('$') ? '*' : splitIdentifier(Identifier).id
    const resource = catalogArn(ctx.account, Type.split('@')[0] as string, id)
    return { action, resource, conditions: { 'catalog:ChangeType': ChangeType } }
  })

async function entityAccess(action: string, id: string, ctx: Context): Promise<Access> {
  const entity = await findEntity(ctx.store, splitIdentifier(id).id)
  if (!entity || entity.account === ctx.account || !entity.policy)
    return { action, resource: entity && entity.account === ctx.account ? entityArn(entity) : '*' }
  return { action, resource: entityArn(entity), owner: entity.account, resourcePolicy: entity.policy }
}
