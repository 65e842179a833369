/** The way from a search to use, in a month: how often each step was taken, and by how many accounts. */
export interface Step {
  readonly step: 'IMPRESSIONS' | 'VISITS' | 'SUBSCRIPTIONS' | 'CONFIGURATIONS' | 'LAUNCHES'
  readonly times: number
  readonly accounts: number
}

/** What is told of a step. Absent is what too few have done, and a share of it. */
export interface ToldStep {
  readonly step: Step['step']
  readonly times?: number
  readonly accounts?: number
  /** Accounts of this step in a hundred of the step before, with one decimal. */
  readonly conversion?: string
}

/** A seller could tell fewer accounts apart. */
export const fewest = 5

/**
 * Steps as sellers are told them: none that fewer than five accounts have taken, and whole fives of the others, so that who asks before and
 * after somebody did something learns nothing of the one. What nobody did is not told either, since that tells as much of the few.
 */
export const toldFunnel = (steps: readonly Step[]): ToldStep[] =>
  steps.map(({ step, times, accounts }, at) => {
    if (accounts < fewest) return { step }
    const [told, before] = [inFives(accounts), inFives(steps[at - 1]?.accounts ?? 0)]
    return {
      ...{ step, times: inFives(times), accounts: told },
      ...(before > 0 && { conversion: percent(told, before) }),
    }
  })

const inFives = (count: number): number => count - (count % fewest)

/** With one decimal: `12.5`. */
export const percent = (part: number, whole: number): string => (Math.round((part * 1000) / whole) / 10).toFixed(1)
