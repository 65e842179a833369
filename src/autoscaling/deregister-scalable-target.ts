import { removeAllTags } from '../store/tags.ts'
import type { Op } from './autoscaling-operation.ts'
import { removeAlarms, requireTarget } from './scalable-target.ts'
import { parseResource } from './scaled-name.ts'
import { activityUnderWay, updateActivity } from './scaling-activity.ts'

/** Its policies, with the alarms that they made, and its scheduled actions go with it; the instances stay as they are. */
export const deregisterScalableTarget: Op<'DeregisterScalableTarget'> = async (input, ctx) => {
  parseResource(input)
  await ctx.store.transaction(async tx => {
    const now = ctx.now().getTime()
    const target = await requireTarget(tx.db, ctx, input.ResourceId)
    const { arn } = target
    const under = await activityUnderWay(tx.db, target)
    const message = 'The scalable target was deregistered before the change was fulfilled by sagemaker.'
    if (under) await updateActivity(tx, target, under, { status: 'Overridden', message, now })
    const policies = await tx.db.selectFrom('scaling_policy').select('alarms').where('target_arn', '=', arn).execute()
    for (const { alarms } of policies) await removeAlarms(tx, JSON.parse(alarms), now)
    await tx.db.deleteFrom('scaling_policy').where('target_arn', '=', arn).execute()
    await tx.db.deleteFrom('scheduled_action').where('target_arn', '=', arn).execute()
    await tx.db.deleteFrom('scalable_target').where('arn', '=', arn).execute()
    await removeAllTags(tx.db, arn)
  })
  return {}
}
