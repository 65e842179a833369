import type * as Sdk from '@aws-sdk/client-service-quotas'
import { ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { type QuotaName, quotasOf } from './account-quota.ts'
import { type Quota, quotas } from './quotas.ts'

export type Op<Name extends OperationName<typeof Sdk>> = Operation<Input<typeof Sdk, Name>, Output<typeof Sdk, Name>>

interface QuotedService {
  readonly ServiceCode: string
  readonly ServiceName: string
  readonly quotas: readonly Quota[]
  /** One number for all regions. */
  readonly isGlobal?: boolean
}

const services: readonly QuotedService[] = [
  ...[of('application-autoscaling', 'Application Auto Scaling', quotas.scaling)],
  ...[{ ...of('aws-marketplace', 'AWS Marketplace', quotas['aws-marketplace']), isGlobal: true }],
  ...[of('cloudtrail', 'AWS CloudTrail', quotas.cloudtrail)],
  ...[of('ecr', 'Amazon Elastic Container Registry (Amazon ECR)', quotas.ecr)],
  ...[of('events', 'Amazon EventBridge (CloudWatch Events)', quotas.events)],
  ...[{ ...of('iam', 'AWS Identity and Access Management (IAM)', quotas.iam), isGlobal: true }],
  ...[of('kms', 'AWS Key Management Service (AWS KMS)', quotas.kms)],
  ...[of('logs', 'Amazon CloudWatch Logs', quotas.logs)],
  ...[of('monitoring', 'Amazon CloudWatch', quotas.monitoring)],
  ...[of('s3', 'Amazon Simple Storage Service (Amazon S3)', quotas.s3)],
  ...[of('sagemaker', 'Amazon SageMaker', quotas.sagemaker)],
  ...[of('sns', 'Amazon Simple Notification Service (Amazon SNS)', quotas.sns)],
]

function of(ServiceCode: string, ServiceName: string, table: Readonly<Record<string, Quota>>): QuotedService {
  return { ServiceCode, ServiceName, quotas: Object.values(table).toSorted((a, b) => (a.code < b.code ? -1 : 1)) }
}

const gone = (what: string): ServiceError =>
  new ServiceError('NoSuchResourceException', `${what} is not one that this installation has a quota of.`)

/** Throws NoSuchResourceException. */
function requireService(code: string): QuotedService {
  const found = services.find(({ ServiceCode }) => ServiceCode === code)
  if (!found) throw gone(`The service ${code}`)
  return found
}

/** Throws NoSuchResourceException. */
export function requireQuota(service: string, code: string): { readonly of: QuotedService; readonly quota: Quota } {
  const of = requireService(service)
  const quota = of.quotas.find(each => each.code === code)
  if (!quota) throw gone(`The quota ${code} of ${service}`)
  return { of, quota }
}

/** Without an account in it a default's; without a region one that holds in all. */
export const quotaArn = (
  of: Pick<QuotedService, 'ServiceCode' | 'isGlobal'>,
  code: string,
  region: string,
  account = '',
) => `arn:aws:servicequotas:${of.isGlobal ? '' : region}:${account}:${of.ServiceCode}/${code}`

/** By which `account-quota.ts` knows it. */
export const nameOf = ({ ServiceCode: service }: Pick<QuotedService, 'ServiceCode'>, quota: Quota): QuotaName => ({
  service,
  quota,
})

/** Every quota that the operator may adjust. */
export const adjustable = (): readonly { readonly of: QuotedService; readonly quota: Quota }[] =>
  services.flatMap(of => of.quotas.filter(({ isAdjustable }) => isAdjustable).map(quota => ({ of, quota })))

/** As Service Quotas tells it: by default, or as it is applied to an account. */
function view(of: QuotedService, quota: Quota, region: string, applied?: Applied) {
  const { code: QuotaCode, name: QuotaName, isPerSecond } = quota
  const { account, values } = applied ?? {}
  const Value = values?.get(`${of.ServiceCode}/${QuotaCode}`) ?? quota.value
  return {
    ...{ ServiceCode: of.ServiceCode, ServiceName: of.ServiceName, QuotaCode, QuotaName, Value },
    ...{ QuotaArn: quotaArn(of, QuotaCode, region, account), Unit: quota.unit ?? 'None' },
    ...{ Adjustable: quota.isAdjustable ?? false, GlobalQuota: of.isGlobal ?? quota.isGlobal ?? false },
    QuotaAppliedAtLevel: 'ACCOUNT' as const,
    ...(isPerSecond && { Period: { PeriodValue: 1, PeriodUnit: 'SECOND' as const } }),
  }
}

interface Applied {
  readonly account: string
  readonly values: ReadonlyMap<string, number>
}

const appliedTo = async ({ account, store }: Pick<Context, 'account' | 'store'>): Promise<Applied> => ({
  account,
  values: await quotasOf(store.db, account),
})

export const listServices: Op<'ListServices'> = async (input, ctx) => {
  const all = services.map(({ ServiceCode, ServiceName }) => ({ ServiceCode, ServiceName }))
  const { page, ...more } = pageOf('ListServices', ctx, input, all, ({ ServiceCode }) => ServiceCode)
  return { Services: page, ...more }
}

/** Quotas apply to accounts here, none to a single resource. */
export const listServiceQuotas: Op<'ListServiceQuotas'> = async (input, ctx) => {
  const of = requireService(input.ServiceCode ?? '')
  const { QuotaCode: code, QuotaAppliedAtLevel: level = 'ACCOUNT' } = input
  const asked = level === 'RESOURCE' ? [] : of.quotas.filter(quota => code === undefined || quota.code === code)
  const applied = await appliedTo(ctx)
  const all = asked.map(quota => view(of, quota, ctx.region, applied))
  const { page, ...more } = pageOf(
    `ListServiceQuotas ${of.ServiceCode} ${code}`,
    ctx,
    input,
    all,
    each => each.QuotaCode,
  )
  return { Quotas: page, ...more }
}

export const listAWSDefaultServiceQuotas: Op<'ListAWSDefaultServiceQuotas'> = async (input, ctx) => {
  const of = requireService(input.ServiceCode ?? '')
  const all = of.quotas.map(quota => view(of, quota, ctx.region))
  const { page, ...more } = pageOf(`ListAWSDefault ${of.ServiceCode}`, ctx, input, all, each => each.QuotaCode)
  return { Quotas: page, ...more }
}

export const getServiceQuota: Op<'GetServiceQuota'> = async (input, ctx) => {
  const { of, quota } = requireQuota(input.ServiceCode ?? '', input.QuotaCode ?? '')
  if (input.ContextId !== undefined) throw gone(`The quota ${quota.code} of the resource ${input.ContextId}`)
  return { Quota: view(of, quota, ctx.region, await appliedTo(ctx)) }
}

export const getAWSDefaultServiceQuota: Op<'GetAWSDefaultServiceQuota'> = async (input, { region }) => {
  const { of, quota } = requireQuota(input.ServiceCode ?? '', input.QuotaCode ?? '')
  return { Quota: view(of, quota, region) }
}

interface Asked {
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

const usual = 100
export const badToken = (message: string): ServiceError => new ServiceError('InvalidPaginationTokenException', message)

/** The API's tokens have base64's own letters. */
export const ofAPI = (token: string): string => token.replaceAll('-', '+').replaceAll('_', '/')

/** A page of what is in the order of `codeOf`. */
function pageOf<Item>(
  listing: string,
  { account, region }: Pick<Context, 'account' | 'region'>,
  { MaxResults: most = usual, NextToken }: Asked,
  all: readonly Item[],
  codeOf: (item: Item) => string,
): { page: Item[]; NextToken?: string } {
  const pages = paging<string>([listing, account, region], NextToken, badToken)
  const rest = all.filter(item => pages.after === undefined || codeOf(item) > pages.after)
  const { items, next } = pages.cut(rest, most, codeOf)
  return { page: items, ...(next && { NextToken: ofAPI(next) }) }
}
