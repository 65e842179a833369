import { Undeliverable } from '../delivery/undeliverable.ts'
import { type EventValue, parseEventJson } from '../pattern/event-json.ts'
import { eventsError } from './events-error.ts'
import { eventJson, pathSteps, valueAt } from './json-path.ts'

/** What a target gets instead of the event. */
export interface TargetInput {
  readonly Input?: string
  readonly InputPath?: string
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>
    readonly InputTemplate: string
  }
}

/** An event on its way through a rule. */
export interface RoutedEvent {
  readonly body: string
  /** When it was announced; milliseconds. */
  readonly announced: number
  readonly ruleArn: string
}

/** Throws ValidationException for what no event can be made into. */
export function checkTargetInput({ Id, ...given }: TargetInput & { readonly Id: string }): void {
  const { Input, InputPath, InputTransformer } = given
  if ([Input, InputPath, InputTransformer].filter(one => one !== undefined).length > 1)
    throw eventsError.invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`)
  if (Input !== undefined && !isJson(Input)) throw eventsError.invalid(`JSON syntax error in input for target ${Id}`)
  const paths = { ...(InputPath !== undefined && { InputPath }), ...InputTransformer?.InputPathsMap }
  for (const [name, path] of Object.entries(paths)) {
    if (/^aws\./i.test(name))
      throw eventsError.invalid(`InputPathsMap of target ${Id}: names starting with AWS. are reserved.`)
    if (!pathSteps(path))
      throw eventsError.invalid(`Invalid ${name} for target ${Id}: ${path} is no path that is served.`)
  }
  const template = InputTransformer?.InputTemplate
  if (template === undefined) return
  const filled = fill(template, () => null)
  if (/^[{["]/.test(template.trim()) && !isJson(filled))
    throw eventsError.invalid(
      `Invalid InputTemplate for target ${Id}: it is not JSON once its variables are filled in.`,
    )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The text that a target gets of an event (API Reference, Target; User Guide, "Amazon EventBridge input transformation"). Throws Undeliverable. */
export function targetInput({ Input, InputPath, InputTransformer }: TargetInput, event: RoutedEvent): string {
  if (Input !== undefined) return Input
  if (InputPath !== undefined) return eventJson(valueAt(parseEventJson(event.body), pathSteps(InputPath) ?? []) ?? null)
  if (!InputTransformer) return event.body
  const { InputPathsMap = {}, InputTemplate } = InputTransformer
  const root = parseEventJson(event.body)
  return fill(InputTemplate, name => {
    const path = Object.hasOwn(InputPathsMap, name) ? InputPathsMap[name] : undefined
    if (path === undefined) return predefined[name]?.(event, root)
    const value = valueAt(root, pathSteps(path) ?? [])
    // A variable whose path leads nowhere is empty.
    return value === undefined ? '' : value
  })
}

const predefined: Readonly<Record<string, (event: RoutedEvent, root: EventValue) => EventValue>> = {
  'aws.events.rule-arn': ({ ruleArn }) => ruleArn,
  'aws.events.rule-name': ({ ruleArn }) => ruleArn.slice(ruleArn.lastIndexOf('/') + 1),
  'aws.events.event.ingestion-time': ({ announced }) => new Date(announced).toISOString(),
  'aws.events.event.json': (_event, root) => root,
  'aws.events.event': (_event, root) => {
    const { detail: _, ...rest } = root as Record<string, EventValue>
    return rest
  },
}

/** A template names an event often, and a log event or a message is no longer: what would be is never made. */
const mostCharacters = 256 * 1024

const pieces = /\\.|"|<([\w.-]+)>/gs

/**
 * A template with the values of its variables: as JSON, within quotes the text alone. In a template that is no JSON every text is as it
 * is. A name that no variable has stays as it stands. Throws Undeliverable for what would be longer than 256 KiB.
 */
function fill(template: string, filling: (name: string) => EventValue | undefined): string {
  const isText = !/^[{["]/.test(template.trim())
  let isQuoted = false
  let length = template.length
  const textOf = (value: EventValue): string => {
    if (isText) return typeof value === 'string' ? value : eventJson(value)
    if (!isQuoted) return eventJson(value)
    return JSON.stringify(typeof value === 'string' ? value : eventJson(value)).slice(1, -1)
  }
  return template.replace(pieces, (piece, name?: string) => {
    if (piece === '"') isQuoted = !isQuoted
    const value = name === undefined ? undefined : filling(name)
    if (value === undefined) return piece
    const text = textOf(value)
    length += text.length - piece.length
    if (length > mostCharacters)
      throw new Undeliverable('INVALID_INPUT', 'The InputTemplate makes more than 256 KiB of this event.')
    return text
  })
}
