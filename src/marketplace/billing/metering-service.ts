import type * as Sdk from '@aws-sdk/client-marketplace-metering'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../../service/operation.ts'
import { allAsk, onAnything, type SdkApi, type Service, service } from '../../service/service.ts'
import { requireOwnProductCode } from '../product-code.ts'

type Op<Name extends OperationName<typeof Sdk>> = Operation<Input<typeof Sdk, Name>, Output<typeof Sdk, Name>>

const refuse = (code: string) => (message: string) => new ServiceError(code, message)

const requireProduct = (code: string, ctx: Context) =>
  requireOwnProductCode(ctx.store.db, code, ctx.account, refuse('InvalidProductCodeException'))

/** Records may be 6 hours old, and not of the future. */
function checkTimestamp(time: Date, now: Date): void {
  const age = now.getTime() - time.getTime()
  if (age > 6 * 3_600_000 || age < 0)
    throw new ServiceError('TimestampOutOfBoundsException', `${time.toISOString()} is not within the last 6 hours.`)
}

/**
 * Sellers do not meter machine learning products: SageMaker counts hours and requests itself (AWS Marketplace Seller Guide), and a
 * product has no other dimensions. So a request is checked as AWS checks it and then its dimension is refused.
 */
const noSuchDimension = (dimension: string, product: string): ServiceError =>
  new ServiceError(
    'InvalidUsageDimensionException',
    `${dimension} cannot be metered for product ${product}: SageMaker meters the dimensions of machine learning products itself.`,
  )

const meterUsage: Op<'MeterUsage'> = async (input, ctx) => {
  const product = await requireProduct(input.ProductCode, ctx)
  checkTimestamp(input.Timestamp, ctx.now())
  throw noSuchDimension(input.UsageDimension, product.id)
}

const batchMeterUsage: Op<'BatchMeterUsage'> = async (input, ctx) => {
  const product = await requireProduct(input.ProductCode ?? '', ctx)
  const [first] = input.UsageRecords
  for (const record of input.UsageRecords) checkTimestamp(record.Timestamp, ctx.now())
  if (first) throw noSuchDimension(first.Dimension, product.id)
  return { Results: [], UnprocessedRecords: [] }
}

/** Registers containers of ECS and EKS; a machine learning product runs in SageMaker only. */
const registerUsage: Op<'RegisterUsage'> = async (input, ctx) => {
  const product = await requireProduct(input.ProductCode, ctx)
  throw new ServiceError(
    'PlatformNotSupportedException',
    `Product ${product.id} runs in Amazon SageMaker, where usage is not registered by the container.`,
  )
}

/** Registration tokens are made for SaaS products, of which there are none: no token is valid. */
const resolveCustomer: Op<'ResolveCustomer'> = async () => {
  throw new ServiceError('InvalidTokenException', 'The registration token was not issued by this marketplace.')
}

/** The AWS Marketplace Metering Service. */
export const createMeteringService = (): Service =>
  service<SdkApi<typeof Sdk>>({
    model: 'meteringmarketplace',
    operations: allAsk<SdkApi<typeof Sdk>>(onAnything('aws-marketplace'), {
      MeterUsage: meterUsage,
      BatchMeterUsage: batchMeterUsage,
      RegisterUsage: registerUsage,
      ResolveCustomer: resolveCustomer,
    }),
  })
