import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import { allAsk, onAnything, type SdkApi, type Service, service } from '../service/service.ts'
import { deregisterScalableTarget } from './deregister-scalable-target.ts'
import { describeScalableTargets, findTarget, registerScalableTarget } from './scalable-target.ts'
import { describeScalingActivities } from './scaling-activity.ts'
import { deleteScalingPolicy, describeScalingPolicies, putScalingPolicy } from './scaling-policy.ts'
import { deleteScheduledAction, describeScheduledActions, putScheduledAction } from './scheduled-action.ts'
import { listTagsForResource, tagResource, untagResource } from './target-tag.ts'

type Api = SdkApi<typeof Sdk>
const anything = onAnything('application-autoscaling')

/** Application Auto Scaling of instances of SageMaker's variants. */
export const createAutoscalingService = (): Service =>
  service<Api>({
    model: 'application-autoscaling',
    operations: {
      DescribeScalableTargets: { run: describeScalableTargets, access: anything },
      DescribeScalingActivities: { run: describeScalingActivities, access: anything },
      DescribeScalingPolicies: { run: describeScalingPolicies, access: anything },
      DescribeScheduledActions: { run: describeScheduledActions, access: anything },
      ...allAsk<Api>(ofTarget, {
        DeleteScalingPolicy: deleteScalingPolicy,
        DeleteScheduledAction: deleteScheduledAction,
        DeregisterScalableTarget: deregisterScalableTarget,
        ListTagsForResource: listTagsForResource,
        PutScalingPolicy: putScalingPolicy,
        PutScheduledAction: putScheduledAction,
        RegisterScalableTarget: registerScalableTarget,
        TagResource: tagResource,
        UntagResource: untagResource,
      }),
    },
  })

interface Named {
  readonly ResourceARN?: string
  readonly ServiceNamespace?: string
  readonly ResourceId?: string
  readonly ScalableDimension?: string
  readonly Tags?: Readonly<Record<string, string>>
  readonly TagKeys?: readonly string[]
}

/** Who sets rules for an endpoint's instances has to be allowed to set their number: the rules do it for them. */
const ofEndpoint = new Set(['PutScalingPolicy', 'PutScheduledAction', 'RegisterScalableTarget'])

/** Resources and condition keys as the Service Authorization Reference lists them for Application Auto Scaling. */
async function ofTarget(named: Named, ctx: Context, operation: string): Promise<Access[]> {
  const action = `application-autoscaling:${operation}`
  const any = `arn:aws:application-autoscaling:${ctx.region}:${ctx.account}:scalable-target/*`
  const found = named.ResourceId === undefined ? undefined : await findTarget(ctx.store.db, ctx, named.ResourceId)
  const resource = named.ResourceARN ?? found?.arn ?? any
  const owner = /^arn:aws:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? ctx.account
  const asked = { action, resource, owner, conditions: { ...(await tagsOf(resource, ctx)), ...givenBy(named) } }
  const endpoint = /^endpoint\/([^/]+)\//.exec(named.ResourceId ?? '')?.[1]
  if (endpoint === undefined || !ofEndpoint.has(operation)) return [asked]
  const endpointArn = `arn:aws:sagemaker:${ctx.region}:${ctx.account}:endpoint/${endpoint}`
  return [asked, { action: 'sagemaker:UpdateEndpointWeightsAndCapacities', resource: endpointArn }]
}

const givenBy = ({ ServiceNamespace, ScalableDimension, Tags, TagKeys }: Named) => ({
  ...(ServiceNamespace !== undefined && { 'application-autoscaling:service-namespace': ServiceNamespace }),
  ...(ScalableDimension !== undefined && { 'application-autoscaling:scalable-dimension': ScalableDimension }),
  ...(Tags && { 'aws:TagKeys': Object.keys(Tags) }),
  ...Object.fromEntries(Object.entries(Tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(TagKeys && { 'aws:TagKeys': TagKeys }),
})

/** No policy of a user binds an account's root. */
async function tagsOf(arn: string, { principal, store }: Context): Promise<Record<string, string>> {
  if (principal.kind === 'root') return {}
  const rows = await store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', arn).execute()
  return Object.fromEntries(rows.map(({ key, value }) => [`aws:ResourceTag/${key}`, value]))
}
