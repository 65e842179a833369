import { EventNumber, type EventValue, isObject } from '../pattern/event-json.ts'

type Step = string | number | '*'

const stepPattern = /\.([\w/-]+|\*)|\[(\d+|\*)\]/y

/**
 * The steps of a path as EventBridge has it: `$`, names behind dots, indices and `*` (User Guide, "Amazon EventBridge input
 * transformation"). Undefined for anything else.
 */
export function pathSteps(path: string): Step[] | undefined {
  if (!path.startsWith('$')) return undefined
  const steps: Step[] = []
  for (let at = 1; at < path.length; at = stepPattern.lastIndex) {
    stepPattern.lastIndex = at
    const [, name, index] = stepPattern.exec(path) ?? []
    if (name === undefined && index === undefined) return undefined
    steps.push(name ?? (index === '*' ? '*' : Number(index)))
  }
  return steps
}

/** What a path leads to: a value, a list where it has a `*`, undefined where it leads nowhere. */
export function valueAt(root: EventValue, steps: readonly Step[]): EventValue | undefined {
  const found = steps.reduce<EventValue[]>((values, step) => values.flatMap(value => childrenOf(value, step)), [root])
  return steps.includes('*') && found.length > 0 ? found : found[0]
}

function childrenOf(value: EventValue, step: Step): EventValue[] {
  if (Array.isArray(value))
    return step === '*' ? value : typeof step === 'number' && step in value ? [value[step] as EventValue] : []
  if (!isObject(value)) return []
  if (step === '*') return Object.values(value)
  return typeof step === 'string' && Object.hasOwn(value, step) ? [value[step] as EventValue] : []
}

// Not in the language's types yet: a number as it was written.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** JSON, with numbers as they were written. */
export const eventJson = (value: EventValue): string =>
  JSON.stringify(value, (_key, one) => (one instanceof EventNumber ? rawJSON(one.source) : one))
