/** When a policy last scaled one way, in milliseconds, and from how many instances. */
export interface Cooling {
  readonly at: number
  readonly from: number
}

/** What an alarm has called a policy for. */
export interface PolicyCall {
  readonly policyArn: string
  readonly policyName: string
  readonly alarm: string
  /** How many instances it wants, were there so many now; undefined when nothing fits. */
  readonly wants: (capacity: number) => number | undefined
  /** A target that is tracked is called for one way only. */
  readonly tracks?: 'high' | 'low'
  /** Milliseconds. */
  readonly cooldownOut: number
  readonly cooldownIn: number
  readonly out?: Cooling
  readonly in?: Cooling
}

export interface ScalingSituation {
  readonly now: number
  /** Instances that are wanted by now. */
  readonly capacity: number
  readonly least: number
  readonly most: number
  readonly isInSuspended: boolean
  readonly isOutSuspended: boolean
  readonly calls: readonly PolicyCall[]
  /** Some policy that tracks a target does not want fewer instances. */
  readonly isHeld: boolean
}

/** Codes of the API Reference, NotScaledReason. */
export type NotScaled =
  | { readonly Code: 'AlreadyAtMaxCapacity'; readonly MaxCapacity: number }
  | { readonly Code: 'AlreadyAtMinCapacity'; readonly MinCapacity: number }
  | { readonly Code: 'AlreadyAtDesiredCapacity'; readonly CurrentCapacity: number }
  | { readonly Code: 'AutoScalingAnticipatedFlapping' }

export type ScalingDecision =
  | { readonly do: 'nothing' }
  | { readonly do: 'scale'; readonly to: number; readonly cause: string; readonly call?: PolicyCall }
  | { readonly do: 'tell'; readonly call: PolicyCall; readonly reason: NotScaled }

interface Wish {
  readonly call: PolicyCall
  readonly to: number
}

/**
 * Whether a variant gets more or fewer instances, and for whom. Source: Application Auto Scaling User Guide, "How target tracking scaling works"
 * (cooldowns, several policies, scaling in with caution), "How step scaling works", and "Suspending and resuming scaling".
 */
export function decideScaling(situation: ScalingSituation): ScalingDecision {
  const { capacity, least, most, calls } = situation
  if (capacity < least) return { do: 'scale', to: least, cause: `minimum capacity was set to ${least}` }
  if (capacity > most) return { do: 'scale', to: most, cause: `maximum capacity was set to ${most}` }
  const wishes = calls.flatMap(call => wishOf(call, situation))
  const out = largest(wishes.filter(({ to }) => to > capacity))
  if (out) {
    if (situation.isOutSuspended) return { do: 'nothing' }
    if (capacity === most)
      return { do: 'tell', call: out.call, reason: { Code: 'AlreadyAtMaxCapacity', MaxCapacity: most } }
    return scale(out, Math.min(out.to, most))
  }
  const reduce = largest(wishes.filter(({ call, to }) => to < capacity && !isCooling(call, situation)))
  if (reduce) {
    if (situation.isInSuspended || (reduce.call.tracks && situation.isHeld)) return { do: 'nothing' }
    if (capacity === least)
      return { do: 'tell', call: reduce.call, reason: { Code: 'AlreadyAtMinCapacity', MinCapacity: least } }
    return scale(reduce, Math.max(reduce.to, least))
  }
  const [same] = wishes.filter(({ to }) => to === capacity)
  return same ? { do: 'tell', call: same.call, reason: sameReason(same.call, capacity) } : { do: 'nothing' }
}

const scale = ({ call }: Wish, to: number): ScalingDecision => ({
  ...{ do: 'scale', to, call },
  cause: causeOf(call),
})

export const causeOf = ({ alarm, policyName }: Pick<PolicyCall, 'alarm' | 'policyName'>): string =>
  `monitor alarm ${alarm} in state ALARM triggered policy ${policyName}`

/** Several policies that want the same way get the most that any wants. */
const largest = (wishes: readonly Wish[]): Wish | undefined =>
  wishes.reduce<Wish | undefined>((best, wish) => (best && best.to >= wish.to ? best : wish), undefined)

/** While what was added cools down, it counts as part of what is wanted: only more than that is more. */
function wishOf(call: PolicyCall, { capacity, now }: ScalingSituation): Wish[] {
  const { out, cooldownOut, tracks } = call
  const wanted = call.wants(capacity)
  if (wanted === undefined) return []
  if (tracks === 'high' || wanted > capacity) {
    const isCoolingOut = out !== undefined && now < out.at + cooldownOut
    if (!isCoolingOut) return [{ call, to: Math.max(wanted, tracks ? capacity : wanted) }]
    const more = call.wants(Math.min(out.from, capacity)) ?? capacity
    return more > capacity ? [{ call, to: more }] : []
  }
  return [{ call, to: Math.min(wanted, capacity) }]
}

const isCooling = ({ in: before, cooldownIn }: PolicyCall, { now }: ScalingSituation): boolean =>
  before !== undefined && now < before.at + cooldownIn

const sameReason = ({ tracks }: PolicyCall, capacity: number): NotScaled =>
  tracks === 'low'
    ? { Code: 'AutoScalingAnticipatedFlapping' }
    : { Code: 'AlreadyAtDesiredCapacity', CurrentCapacity: capacity }

/** In proportion, so that the metric comes to the target; what there is to do for no instance counts as that of one. */
export const trackedCapacity = (capacity: number, value: number, target: number): number =>
  Math.ceil((Math.max(1, capacity) * value) / target - 1e-9)
