import type { Access } from '../service/access.ts'
import { type Conditions, conditionsFrom } from '../service/condition-key.ts'
import type { Context } from '../service/context.ts'
import type { AccessRule } from '../service/service.ts'
import { modelPackages } from './product/model-package.ts'
import { modelPackageGroups } from './product/model-package-group.ts'
import { sageMakerConditionKeys } from './sagemaker-condition-keys.ts'
import { accountOf, sageMakerArn } from './service-context.ts'
import { trainingJobs } from './training/training-job.ts'

type Input = Readonly<Record<string, unknown>>

/**
 * The operation on the resource that a member of its input names, by name or ARN: in the caller's account or, for what an ARN names
 * elsewhere, by the other account's policy on the model package group. What the marketplace holds is asked for as if it were the
 * caller's: the operation looks at the subscription. Source: Service Authorization Reference, Amazon SageMaker.
 */
export const on =
  <Member extends string>(type: string, member: Member): AccessRule<{ readonly [_ in Member]?: string }> =>
  (input, ctx, operation) =>
    asked(operation, [type, member], input, ctx)

/** Operations that name no resource. */
export const anything: AccessRule<object> = (input, ctx, operation) => asked(operation, undefined, input as Input, ctx)

/** Operations that ask leave for each of many themselves. */
export const askedForEach: AccessRule<object> = () => []

type Named = readonly [type: string, member: string]

async function asked(operation: string, named: Named | undefined, input: Input, ctx: Context): Promise<Access[]> {
  const action = `sagemaker:${operation}`
  const given = ctx.principal.kind === 'root' ? {} : requestConditions(operation, input, ctx)
  const main = withConditions(await own(action, resourceOf(operation, named, input, ctx), input, ctx), given)
  const further = [...furtherOf(operation, input, ctx)].map(([what, arn]) => own(what, arn, {}, ctx))
  const tagging = Array.isArray(input.Tags) && operation !== 'AddTags' && operation.startsWith('Create')
  const tags = withConditions({ ...main, action: 'sagemaker:AddTags' }, { 'sagemaker:TaggingAction': [operation] })
  return [main, ...(await Promise.all(further)), ...(tagging ? [tags] : [])]
}

const withConditions = (access: Access, more: Conditions): Access => ({
  ...access,
  conditions: { ...access.conditions, ...more },
})

/** Models are named in requests; policies know them by ARN. */
function requestConditions(operation: string, input: Input, ctx: Context): Conditions {
  const names = modelNames(operation, input)
  const models = names.map(name => ctx.arn('model', name))
  return {
    ...conditionsFrom(sageMakerConditionKeys, operation, input),
    ...(models.length > 0 && { 'sagemaker:ModelArn': models }),
  }
}

function modelNames(operation: string, input: Input): string[] {
  if (operation === 'CreateTransformJob') return [String(input.ModelName)]
  if (operation !== 'CreateEndpointConfig') return []
  const variants = [input.ProductionVariants ?? [], input.ShadowProductionVariants ?? []].flat()
  return (variants as { ModelName?: string }[]).flatMap(({ ModelName: name }) => name ?? [])
}

function resourceOf(operation: string, named: Named | undefined, input: Input, ctx: Context): string {
  if (operation === 'CreateModelPackage' && typeof input.ModelPackageGroupName === 'string')
    return versionsArn(input.ModelPackageGroupName, ctx)
  if (operation === 'ListModelPackages' && String(input.ModelPackageGroupName).startsWith('arn:'))
    return versionsArn(input.ModelPackageGroupName as string, ctx)
  const name = named && input[named[1]]
  if (!named || typeof name !== 'string') return '*'
  return name.startsWith('arn:') ? name : ctx.arn(named[0], name)
}

const versionsArn = (group: string, ctx: Context): string =>
  `${group.startsWith('arn:') ? group.replace(':model-package-group/', ':model-package/') : ctx.arn('model-package', group)}/*`

/** Resources that an operation uses besides the one it is named for. */
function* furtherOf(operation: string, input: Input, ctx: Context): Generator<readonly [action: string, arn: string]> {
  if ((operation === 'CreateEndpoint' || operation === 'UpdateEndpoint') && input.EndpointConfigName)
    yield [`sagemaker:${operation}`, ctx.arn('endpoint-config', String(input.EndpointConfigName))]
  if (operation === 'CreateInferenceComponent')
    yield [`sagemaker:${operation}`, ctx.arn('endpoint', String(input.EndpointName))]
  if (operation !== 'CreateModel') return
  const containers = [input.PrimaryContainer, input.Containers].flat() as ({ ModelPackageName?: string } | undefined)[]
  for (const container of containers)
    if (container?.ModelPackageName?.startsWith('arn:')) yield ['sagemaker:CreateModel', container.ModelPackageName]
}

async function own(action: string, resource: string, input: Input, ctx: Context): Promise<Access> {
  const owner = resource === '*' ? ctx.account : accountOf(resource)
  const conditions = await conditionsOf(resource, input, ctx)
  if (owner === ctx.account || owner === ctx.market.escrowAccount) return { action, resource, conditions }
  const policy = await groupPolicy(resource, owner, ctx)
  return { action, resource, owner, conditions, ...(policy && { resourcePolicy: policy }) }
}

async function groupPolicy(resource: string, owner: string, ctx: Context): Promise<string | undefined> {
  const [, group] = /:model-package(?:-group)?\/([^/]+)/.exec(resource) ?? []
  if (!group) return undefined
  const arn = sageMakerArn(ctx.region, owner, 'model-package-group', group)
  return (await modelPackageGroups.get(ctx.store, arn))?.policy
}

/** Tags of the request and of the resource, where policies of the caller decide. */
async function conditionsOf(resource: string, input: Input, ctx: Context): Promise<Record<string, string | string[]>> {
  if (ctx.principal.kind === 'root') return {}
  const given = (Array.isArray(input.Tags) ? input.Tags : []) as { Key: string; Value: string }[]
  const keys = [...given.map(({ Key }) => Key), ...((input.TagKeys as string[] | undefined) ?? [])]
  const held = await ctx.store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', resource).execute()
  return {
    ...Object.fromEntries(given.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    ...Object.fromEntries(
      held.flatMap(({ key, value }) => [
        [`aws:ResourceTag/${key}`, value],
        [`sagemaker:ResourceTag/${key}`, value],
      ]),
    ),
    ...(await currentMetadata(resource, ctx)),
    ...(keys.length > 0 && { 'aws:TagKeys': keys }),
  }
}

/** What a model package or a training job has now. */
async function currentMetadata(resource: string, ctx: Context): Promise<Record<string, string>> {
  if (resource.includes(':training-job/')) {
    const type = (await trainingJobs.get(ctx.store, resource))?.request.ResourceConfig?.InstanceType
    return type === undefined ? {} : { 'sagemaker:InstanceTypes': type }
  }
  if (!resource.includes(':model-package/')) return {}
  const metadata = (await modelPackages.get(ctx.store, resource))?.customerMetadata ?? {}
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [`sagemaker:CurrentCustomerMetadataProperties/${key}`, value]),
  )
}
