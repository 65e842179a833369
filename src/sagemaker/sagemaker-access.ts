import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import type { AccessRule } from '../service/service.ts'
import { modelPackageGroups } from './product/model-package-group.ts'
import { accountOf, sageMakerArn } from './service-context.ts'

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
  const main = await own(action, resourceOf(operation, named, input, ctx), input, ctx)
  const further = [...furtherOf(operation, input, ctx)].map(([what, arn]) => own(what, arn, {}, ctx))
  const tagging = Array.isArray(input.Tags) && operation !== 'AddTags' && operation.startsWith('Create')
  return [main, ...(await Promise.all(further)), ...(tagging ? [{ ...main, action: 'sagemaker:AddTags' }] : [])]
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
    ...Object.fromEntries(held.map(({ key, value }) => [`aws:ResourceTag/${key}`, value])),
    ...(keys.length > 0 && { 'aws:TagKeys': keys }),
  }
}
