import type { MessageAttributeValue } from '@aws-sdk/client-sns'
import { snsError } from './sns-error.ts'

export type MessageAttributes = Readonly<Record<string, { readonly Type: string; readonly Value: string }>>

/** A message on its way to the subscriptions of a topic. */
export interface Message {
  readonly id: string
  readonly subject?: string
  /** What is told, by protocol; `default` where there is none of a protocol's own. */
  readonly texts: { readonly default: string; readonly [protocol: string]: string }
  readonly attributes: MessageAttributes
  /** Milliseconds. */
  readonly published: number
}

/** What a request tells of a message. */
export interface GivenMessage {
  readonly Message: string
  readonly Subject?: string | undefined
  readonly MessageStructure?: string | undefined
  readonly MessageAttributes?: Readonly<Record<string, MessageAttributeValue>> | undefined
  readonly MessageDeduplicationId?: string | undefined
  readonly MessageGroupId?: string | undefined
}

/** API Reference, Publish: 262,144 bytes, attributes among them. */
export const mostBytes = 262_144

/** Throws InvalidParameterException or InvalidParameterValueException for what is no message. */
export function messageOf(given: GivenMessage): Pick<Message, 'subject' | 'texts' | 'attributes'> {
  const { Message: text, Subject: subject } = given
  if (text === '') throw snsError.invalid('Empty message')
  if (sizeOf(given) > mostBytes) throw snsError.invalid('Message too long')
  for (const name of ['MessageGroupId', 'MessageDeduplicationId'] as const)
    if (given[name] !== undefined)
      throw snsError.invalid(
        `${name} Reason: The request includes ${name} parameter that is not valid for this topic type`,
      )
  // "Must not include line breaks or control characters, and must be less than 100 characters long", and begin with something to see.
  if (subject !== undefined && !/^[^\s\p{C}][^\p{Cc}]{0,99}$/u.test(subject)) throw snsError.invalid('Subject')
  return {
    ...(subject !== undefined && { subject }),
    texts: textsOf(text, given.MessageStructure),
    attributes: attributesOf(given.MessageAttributes ?? {}),
  }
}

/** Bytes of the message and of its attributes' names, types and values. */
export function sizeOf({ Message: text, MessageAttributes = {} }: GivenMessage): number {
  return Object.entries(MessageAttributes).reduce((sum, [name, { DataType = '', StringValue = '', BinaryValue }]) => {
    const value = BinaryValue?.length ?? Buffer.byteLength(StringValue)
    return sum + Buffer.byteLength(name) + Buffer.byteLength(DataType) + value
  }, Buffer.byteLength(text))
}

function textsOf(text: string, structure: string | undefined): Message['texts'] {
  if (structure === undefined) return { default: text }
  if (structure !== 'json') throw snsError.invalid('Message Structure')
  const problem = (why: string) => snsError.invalid(`Message Structure - ${why}`)
  let texts: unknown
  try {
    texts = JSON.parse(text)
  } catch {
    throw problem('JSON message body failed to parse')
  }
  if (typeof texts !== 'object' || texts === null || typeof (texts as Message['texts']).default !== 'string')
    throw problem('No default entry in JSON message body')
  // "Non-string values will cause the key to be ignored."
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => typeof value === 'string')) as Message['texts']
}

const dataType = /^(String|String\.Array|Number|Binary)(\.[\w.-]{1,100})?$/
const attributeName = /^(?!\.)(?!.*\.\.)(?!.*\.$)(?!(AWS|Amazon)\.)[\w.-]{1,256}$/i

function attributesOf(given: Readonly<Record<string, MessageAttributeValue>>): MessageAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (!attributeName.test(name)) throw snsError.invalidValue(`Invalid attribute name: ${name}`)
      return [name, attributeOf(name, value)]
    }),
  )
}

function attributeOf(name: string, { DataType: Type = '', StringValue, BinaryValue }: MessageAttributeValue) {
  if (!dataType.test(Type))
    throw snsError.invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  if (
    (StringValue === undefined) === (BinaryValue === undefined) ||
    /^Binary/.test(Type) !== (BinaryValue !== undefined)
  )
    throw snsError.invalidValue(`The message attribute '${name}' must have one value, of its type ${Type}.`)
  if (StringValue === '' || BinaryValue?.length === 0)
    throw snsError.invalidValue(`The message attribute '${name}' must contain non-empty message attribute value.`)
  if (/^Number/.test(Type) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(StringValue ?? ''))
    throw snsError.invalidValue(`Could not cast message attribute '${name}' value to number.`)
  if (Type === 'String.Array' && !isList(StringValue ?? ''))
    throw snsError.invalidValue(
      `The message attribute '${name}' must be a JSON array of strings, numbers, true, false and null.`,
    )
  return { Type, Value: StringValue ?? Buffer.from(BinaryValue ?? []).toString('base64') }
}

function isList(text: string): boolean {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every(item => typeof item !== 'object' || item === null)
  } catch {
    return false
  }
}
