import { AccessDenied, ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type Entity, entityArn, findEntity } from '../entity.ts'
import { notFound } from './catalog-check.ts'
import type { Op } from './catalog-operation.ts'
import { isObject } from './details-shape.ts'

async function ownEntity(arn: string, ctx: Context): Promise<Entity> {
  const entity = await findEntity(ctx.store, arn.split('/').at(-1) ?? '')
  if (entity?.account !== ctx.account || entityArn(entity) !== arn) throw notFound(arn)
  return entity
}

/** Lets other accounts describe the entity and list it as shared. */
export const putResourcePolicy: Op<'PutResourcePolicy'> = async ({ ResourceArn, Policy }, ctx) => {
  const { id } = await ownEntity(ResourceArn, ctx)
  checkPolicy(Policy)
  await ctx.store.db.updateTable('market_entity').set({ policy: Policy }).where('id', '=', id).execute()
  return {}
}

function checkPolicy(text: string): void {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch (error) {
    throw new ValidationException(`Policy is not JSON: ${(error as Error).message}`)
  }
  const statements = isObject(policy) ? [policy.Statement].flat() : []
  if (statements.length === 0 || !statements.every(isObject))
    throw new ValidationException('Policy must have a Statement.')
  if (statements.some(statement => isObject(statement) && statement.Principal === undefined))
    throw new ValidationException('Every Statement of a resource policy must have a Principal.')
}

export const getResourcePolicy: Op<'GetResourcePolicy'> = async ({ ResourceArn }, ctx) => {
  const { policy } = await ownEntity(ResourceArn, ctx)
  if (!policy) throw notFound(`A resource policy of ${ResourceArn}`)
  return { Policy: policy }
}

export const deleteResourcePolicy: Op<'DeleteResourcePolicy'> = async ({ ResourceArn }, ctx) => {
  const { id } = await ownEntity(ResourceArn, ctx)
  await ctx.store.db.updateTable('market_entity').set({ policy: '' }).where('id', '=', id).execute()
  return {}
}

/** The owner may, and whoever the resource policy and their own policies let. */
export async function mayDescribe(entity: Entity, ctx: Context): Promise<boolean> {
  if (entity.account === ctx.account) return true
  if (!entity.policy) return false
  const resource = { resource: entityArn(entity), owner: entity.account, resourcePolicy: entity.policy }
  try {
    await ctx.iam.authorize(ctx.principal, { action: 'aws-marketplace:DescribeEntity', ...resource })
    return true
  } catch (error) {
    if (error instanceof AccessDenied) return false
    throw error
  }
}
