import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import { ServiceError } from '../../ground/errors.ts'
import type { Output } from '../../service/operation.ts'
import { type Entity, entityArn, findEntity, splitIdentifier } from '../entity.ts'
import { isoSeconds } from '../identifier.ts'
import { describeOffer } from '../offer.ts'
import { isOffer } from '../offer-document.ts'
import { describeOfferSet, isOfferSet } from '../offer-set.ts'
import { describeProcurement } from '../procurement/experience.ts'
import type { Product } from '../product.ts'
import { checkCatalog, notFound } from './catalog-check.ts'
import type { Op } from './catalog-operation.ts'
import { describeProduct } from './product-description.ts'
import { mayDescribe } from './resource-policy.ts'

/** The longest `Details` string of the model; longer documents come as DetailsDocument only. */
const longestDetails = 16384

export const describeEntity: Op<'DescribeEntity'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const entity = await findEntity(ctx.store, splitIdentifier(input.EntityId).id)
  if (!entity || !(await mayDescribe(entity, ctx))) throw notFound(`Entity ${input.EntityId}`)
  const details = JSON.stringify(describe(entity))
  return { ...described(entity), ...(details.length <= longestDetails && { Details: details }) }
}

/** Up to 20 at once; what cannot be described is told under `Errors`. */
export const batchDescribeEntities: Op<'BatchDescribeEntities'> = async (input, ctx) => {
  const found: NonNullable<Output<typeof Sdk, 'BatchDescribeEntities'>['EntityDetails']> = {}
  const errors: NonNullable<Output<typeof Sdk, 'BatchDescribeEntities'>['Errors']> = {}
  for (const { Catalog, EntityId } of input.EntityRequestList) {
    try {
      checkCatalog(Catalog)
      const entity = await findEntity(ctx.store, splitIdentifier(EntityId).id)
      if (!entity || !(await mayDescribe(entity, ctx))) throw notFound(`Entity ${EntityId}`)
      found[EntityId] = described(entity)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      errors[EntityId] = { ErrorCode: error.code, ErrorMessage: error.message }
    }
  }
  return { EntityDetails: found, Errors: errors }
}

function describe(entity: Entity): object {
  if (isOffer(entity)) return describeOffer(entity)
  if (isOfferSet(entity)) return describeOfferSet(entity)
  return describeProcurement(entity) ?? describeProduct(entity as Product)
}

const described = (entity: Entity) => ({
  EntityType: `${entity.kind}@1.0`,
  EntityIdentifier: `${entity.id}@${entity.revision}`,
  EntityArn: entityArn(entity),
  LastModifiedDate: isoSeconds(entity.modified),
  // Through JSON, so that members without a value are left out.
  DetailsDocument: JSON.parse(JSON.stringify(describe(entity))),
})
