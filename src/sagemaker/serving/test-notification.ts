import type { AsyncInferenceConfig } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import { publishRefusal, publishText } from '../../sns/publish-as.ts'
import type { Transaction } from '../../store/store.ts'

/** What every message of SageMaker to a topic has. */
export const notificationEvent = (name: 'InferenceResult' | 'TestNotification') => ({
  ...{ eventVersion: '1.0', eventSource: 'aws:sagemaker', eventName: name },
})

/**
 * Looks whether the role of an endpoint may publish to its topics, and answers what tells them so by the commit that takes the endpoint in
 * (SageMaker Developer Guide, "Create an Asynchronous Inference Endpoint": a test notification). Throws ValidationException.
 */
export async function testNotification(
  platform: Pick<Platform, 'store' | 'iam'>,
  arn: string,
  name: string,
  config: AsyncInferenceConfig | undefined,
  variants: readonly { readonly model: { readonly executionRole?: string } }[],
): Promise<(tx: Transaction) => Promise<void>> {
  const { SuccessTopic, ErrorTopic } = config?.OutputConfig?.NotificationConfig ?? {}
  const topics = new Set([SuccessTopic, ErrorTopic].filter(topic => topic !== undefined))
  if (topics.size === 0) return async () => {}
  const principal = await principalOf(platform, variants[0]?.model.executionRole, name, arn)
  for (const topic of topics) {
    const refusal = await publishRefusal(platform, principal, topic)
    if (refusal) throw new ValidationException(`The endpoint cannot notify ${topic}: ${refusal.refused}`)
  }
  return async tx => {
    for (const topic of topics)
      await publishText(tx, topic, { message: JSON.stringify(notificationEvent('TestNotification')) })
  }
}

async function principalOf(
  { iam }: Pick<Platform, 'iam'>,
  role: string | undefined,
  name: string,
  arn: string,
): Promise<Principal> {
  if (role === undefined)
    throw new ValidationException(`The models of endpoint ${name} have no role that could publish.`)
  return iam.assumeForService(role, 'sagemaker.amazonaws.com', name, arn)
}
