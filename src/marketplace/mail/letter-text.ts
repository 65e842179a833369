import { type Letter, letters } from './letter.ts'

export interface Written {
  readonly subject: string
  readonly text: string
}

/** What letters are written from: the detail of an event, or what stands in its place. */
export type Facts = object

/** The letter that goes with what is told, if there is one: the one for this intent or status first. */
export function letterFor(name: string, facts: Facts): Letter | undefined {
  const state = factOf(facts, 'agreement.intent') ?? factOf(facts, 'agreement.status')
  return letters[`${name}: ${state}`] ?? letters[name]
}

/** A letter with its facts. Sentences without theirs are left out; `url` is what the world calls this installation. */
export function writeLetter({ subject, text, next, page }: Letter, facts: Facts, url: string): Written {
  const told = text.flatMap(sentence => filled(sentence, facts) ?? [])
  const link = `${url}/console${filled(page, facts, encodeURIComponent) ?? '/'}`
  return {
    subject: filled(subject, facts) ?? subject.replaceAll(places, 'a product'),
    text: `${told.join('\n')}\n\n${next}\n${link}\n\n--\nYou get this because your account takes part in this marketplace.\n`,
  }
}

const places = /\{([\w.]+)\}/g

/** Undefined where a fact is not known. */
function filled(sentence: string, facts: Facts, as = (text: string): string => text): string | undefined {
  let isWhole = true
  const whole = sentence.replaceAll(places, (_, path: string) => {
    const fact = factOf(facts, path)
    isWhole &&= fact !== undefined
    return as(fact ?? '')
  })
  return isWhole ? whole : undefined
}

/** A fact by its path, on one line; undefined for what there is nothing of. */
function factOf(facts: Facts, path: string): string | undefined {
  let value: unknown = facts
  for (const name of path.split('.'))
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? value[name as never] : undefined
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? undefined : oneLine(value.join(', '))
  if (typeof value === 'number') return `${value}`
  return typeof value === 'string' && value !== '' ? oneLine(value) : undefined
}

/** What others have written makes no lines of its own. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 500)
