import { checkSubscriptionPolicy } from './delivery-policy.ts'
import { checkFilterPolicy } from './filter-policy.ts'
import { snsError } from './sns-error.ts'
import type { SubscriptionAttributes } from './subscription-row.ts'

const whyNot: Readonly<Record<string, string>> = {
  RedrivePolicy: 'there are no queues; what could not be delivered is kept as a dead letter.',
  SubscriptionRoleArn: 'there are no delivery streams.',
  ReplayPolicy: 'topics keep no archive.',
}

const forHttp = ['RawMessageDelivery', 'DeliveryPolicy']

/** Attributes as they are kept: those that were set already, changed by what is given. Throws InvalidParameterException. */
export function withSubscriptionAttributes(
  before: SubscriptionAttributes,
  given: Readonly<Record<string, string>>,
  protocol: string,
): SubscriptionAttributes {
  const kept: Record<string, string> = { ...before }
  for (const [name, value] of Object.entries(given)) {
    if (whyNot[name] !== undefined && value === '') continue
    if (whyNot[name] !== undefined) throw snsError.notServed(name, whyNot[name])
    if (!['RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope', 'DeliveryPolicy'].includes(name))
      throw snsError.invalid('AttributeName')
    if (forHttp.includes(name) && !protocol.startsWith('http') && value !== 'false' && value !== '')
      throw snsError.invalid(`Attributes Reason: ${name}: Not supported for the protocol ${protocol}`)
    if (value === '') delete kept[name]
    else kept[name] = value
  }
  return checked(kept)
}

function checked({ ...kept }: SubscriptionAttributes): SubscriptionAttributes {
  const { RawMessageDelivery: raw = 'false', FilterPolicyScope: scope = 'MessageAttributes' } = kept
  if (raw !== 'true' && raw !== 'false')
    throw snsError.invalid('Attributes Reason: RawMessageDelivery: Invalid value, must be true or false')
  if (scope !== 'MessageAttributes' && scope !== 'MessageBody')
    throw snsError.invalid(
      'Attributes Reason: FilterPolicyScope: Invalid value, must be MessageAttributes or MessageBody',
    )
  if (kept.DeliveryPolicy !== undefined) checkSubscriptionPolicy(kept.DeliveryPolicy)
  if (kept.FilterPolicy !== undefined) checkFilterPolicy(kept.FilterPolicy, scope)
  return kept
}
