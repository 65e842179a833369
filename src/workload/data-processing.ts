import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { type JsonPath, parseJsonPath } from './json-path.ts'
import type { Payload } from './payload.ts'
import { type Format, formats, type Records } from './record-format.ts'
import type { TransformPlan } from './transform.ts'
import { refusedRecord } from './transform-record.ts'

/**
 * Filters and joins of a batch transform, payload by payload. Errors are ServiceErrors of code `ClientError` that name the record.
 * Source: SageMaker Developer Guide, "Associate Prediction Results with Input Records";
 * "Capture data from batch transform job" for inference identifiers.
 */
export interface DataProcessing {
  /** What the container is sent in place of the payload. */
  request(payload: Payload): Uint8Array
  /** What is written in place of the container's answer to the payload. */
  output(payload: Payload, answer: Uint8Array): Uint8Array
}

const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** The plan's processing; undefined when it changes nothing. Throws ValidationException as `checkDataProcessing` does. */
export function createDataProcessing(plan: TransformPlan): DataProcessing | undefined {
  const { inputFilter = '$', outputFilter = '$', join = 'None' } = plan.processing ?? {}
  const plain = inputFilter === '$' && outputFilter === '$' && join === 'None'
  if (plain && plan.inferenceTime === undefined) return undefined
  const member = plain ? 'DataCaptureConfig.GenerateInferenceId' : 'DataProcessing'
  const given = plain ? undefined : formatOf(plan.contentType, 'DataProcessing needs TransformInput.ContentType')
  const answered = formatOf(plan.accept ?? plan.contentType, `${member} needs TransformOutput.Accept`)
  const input = given ?? answered
  if (!plain && plan.split !== 'None' && plan.split !== 'Line')
    throw new ValidationException(`DataProcessing needs a SplitType of None or Line; it is ${plan.split}.`)
  if (join === 'Input') checkJoin(plan)
  const filterIn = selection('InputFilter', inputFilter, input)
  const filterOut = selection('OutputFilter', outputFilter, answered, plan.inferenceTime)

  return {
    request(payload) {
      if (inputFilter === '$') return payload.body
      const records = readRecords(input, payload, payload.body, theInput)
      return written(filtered(read(records, payload, theInput), filterIn, payload), payload.body)
    },
    output(payload, answer) {
      const answers = readRecords(answered, payload, answer, theAnswer)
      const records = join === 'Input' ? joined(input, payload, answers, plan) : read(answers, payload, theAnswer)
      return written(filtered(records, filterOut, payload), answer)
    },
  }
}

const theInput = 'the input'
const theAnswer = "the container's answer"

function formatOf(contentType: string | undefined, needed: string): Format {
  const format = formats[mediaType(contentType)]
  if (format) return format
  throw new ValidationException(
    `${needed} to be one of ${Object.keys(formats).join(', ')}; it is ${contentType || 'not given'}.`,
  )
}

/** What becomes of each record: what a filter selects of it, told with its inference when it has a time. */
interface Selection {
  readonly name: string
  write(record: unknown): string
}

function selection(parameter: string, text: string, format: Format, inferenceTime?: string): Selection {
  const path = pathOf(parameter, text)
  return {
    name: `${parameter} "${text}"`,
    write(record) {
      const selected = path.select(record)
      return format.write(inferenceTime ? format.stamp(selected, randomness.uuid(), inferenceTime) : selected)
    },
  }
}

/** Characters that are kept as strings, before they are bytes. */
const mostPending = 65_536

/** A line for each record; the last one ends as it did before. */
function written(records: Iterable<string>, before: Uint8Array): Buffer {
  const done: Buffer[] = []
  let pending = ''
  let isFirst = true
  for (const record of records) {
    pending += isFirst ? record : `\n${record}`
    isFirst = false
    if (pending.length < mostPending) continue
    done.push(Buffer.from(pending))
    pending = ''
  }
  return Buffer.concat([...done, Buffer.from(pending + (before.at(-1) === 0x0a ? '\n' : ''))])
}

/** Rules of CreateTransformJob on DataProcessing and GenerateInferenceId. Throws ValidationException; returns when the plan can be carried out. */
export function checkDataProcessing(plan: TransformPlan): void {
  createDataProcessing(plan)
}

function checkJoin(plan: TransformPlan): void {
  if (mediaType(plan.accept) !== mediaType(plan.contentType))
    throw new ValidationException(
      `JoinSource Input needs TransformOutput.Accept to be the same as TransformInput.ContentType: ${plan.accept ?? 'not given'} is not ${plan.contentType}.`,
    )
  if (plan.split !== plan.assemble)
    throw new ValidationException(
      `JoinSource Input needs TransformOutput.AssembleWith to be the same as TransformInput.SplitType: ${plan.assemble} is not ${plan.split}.`,
    )
}

function pathOf(parameter: string, text: string): JsonPath {
  try {
    return parseJsonPath(text)
  } catch (error) {
    throw new ValidationException(`DataProcessing.${parameter}: ${(error as Error).message}`)
  }
}

function readRecords(format: Format, payload: Payload, bytes: Uint8Array, what: string): Records {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    return format.read(text)
  } catch (error) {
    throw unreadable(payload, what, error)
  }
}

function unreadable(payload: Payload, what: string, error: unknown) {
  const { message } = error as Error
  const isTooLarge = error instanceof RangeError
  return refusedRecord(
    payload,
    isTooLarge ? `${what} cannot be taken apart: ${message}` : `${what} is not valid JSON (${message})`,
  )
}

/** Each as it is wanted. */
function* read(records: Records, payload: Payload, what: string): Generator<unknown> {
  const each = records[Symbol.iterator]()
  for (;;) {
    const next = nextOf(each, payload, what)
    if (next.done) return
    yield next.value
  }
}

function nextOf(each: Iterator<unknown>, payload: Payload, what: string): IteratorResult<unknown> {
  try {
    return each.next()
  } catch (error) {
    throw unreadable(payload, what, error)
  }
}

/** Input and answer belong together by their order, so there must be as many of each. */
function joined(
  format: Format,
  payload: Payload,
  answers: Records,
  { strategy }: Pick<TransformPlan, 'strategy'>,
): Iterable<unknown> {
  const inputs = readRecords(format, payload, payload.body, theInput)
  if (inputs.count !== answers.count) {
    const hint = strategy === 'SingleRecord' ? '' : '; with BatchStrategy SingleRecord it is sent one at a time'
    throw refusedRecord(
      payload,
      `the container answered with ${answers.count} records for ${inputs.count}, which cannot be joined${hint}`,
    )
  }
  return pairs(format, read(inputs, payload, theInput), read(answers, payload, theAnswer))
}

function* pairs(format: Format, inputs: Iterable<unknown>, answers: Generator<unknown>): Generator<unknown> {
  for (const input of inputs) yield format.join(input, answers.next().value)
}

function* filtered(records: Iterable<unknown>, { name, write }: Selection, payload: Payload): Generator<string> {
  let at = payload.first
  for (const record of records) {
    yield writtenAs(record, { name, write }, at)
    at++
  }
}

function writtenAs(record: unknown, { name, write }: Selection, at: number): string {
  try {
    return write(record)
  } catch (error) {
    throw refusedRecord({ first: at, last: at }, `${name}: ${(error as Error).message}`)
  }
}
