/** What a trial grants of a dimension, and what of it is used: hours or requests. */
export interface TrialGrant {
  readonly dimensionKey: string
  readonly unit: 'hours' | 'requests'
  /** Absent where any number is free. */
  readonly granted?: number
  readonly used: number
}

/** What is left of an agreement's free trial: see `docs/usage.md`. */
export interface FreeTrial {
  /** Seconds since 1970; absent where the agreement has no trial. */
  readonly endsAt?: number
  readonly grants: readonly TrialGrant[]
}

const dayMs = 86_400_000

/** Whole days that are left, of which the last counts; 0 when it is over, undefined without a trial. */
export const trialDaysLeft = ({ endsAt }: FreeTrial, now: Date): number | undefined =>
  endsAt === undefined ? undefined : Math.max(0, Math.ceil((endsAt * 1000 - now.getTime()) / dayMs))

/** What is left of a dimension, to two decimals; undefined where any number is free. */
export const grantLeft = ({ granted, used }: TrialGrant): number | undefined =>
  granted === undefined ? undefined : Math.round(Math.max(0, granted - used) * 100) / 100

/** The least that is left of any dimension by the hour; undefined where none is bounded. */
export function leastHoursLeft({ grants }: FreeTrial): number | undefined {
  const left = grants.filter(({ unit }) => unit === 'hours').flatMap(grant => grantLeft(grant) ?? [])
  return left.length === 0 ? undefined : Math.min(...left)
}
