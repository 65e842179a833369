import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { isJsonObject, parseExactJson } from './exact-json.ts'
import { type JsonPath, parseJsonPath } from './json-path.ts'
import type { Payload } from './payload.ts'
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

/** How records of a content type are read and written. */
interface Format {
  read(text: string): readonly unknown[]
  write(record: unknown): string
  join(input: unknown, answer: unknown): unknown
  stamp(record: unknown, id: string, time: string): unknown
}

/** Rows are arrays of fields that keep their quotes, so that what is not selected away comes out as it went in. */
const csv: Format = {
  read: text => lines(text).map(fieldsOf),
  write: record => (Array.isArray(record) ? record : [record]).join(','),
  join: (input, answer) => [...(input as string[]), ...(answer as string[])],
  stamp: (record, id, time) => [record, id, time].flat(),
}

const json: Format = {
  /** One value, however it is laid out, or one on each line. */
  read(text) {
    try {
      return [parseExactJson(text)]
    } catch {
      return lines(text).map(parseExactJson)
    }
  },
  write: record => JSON.stringify(record),
  join: (input, answer) =>
    isJsonObject(input) ? { ...input, SageMakerOutput: answer } : { SageMakerInput: input, SageMakerOutput: answer },
  stamp: (record, id, time) => ({
    ...(isJsonObject(record) ? record : { SageMakerOutput: record }),
    SageMakerInferenceId: id,
    SageMakerInferenceTime: time,
  }),
}

const formats: Readonly<Record<string, Format>> = {
  'text/csv': csv,
  'application/json': json,
  'application/jsonlines': json,
  'application/x-jsonlines': json,
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.replace(/\r$/, ''))
    .filter(line => line !== '')

/** A comma parts fields unless it stands in a field that begins with a quote and has not ended it. */
function fieldsOf(row: string): string[] {
  const fields: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < row.length; at++) {
    if (row[at] === '"' && row[start] === '"') quoted = !quoted
    if (row[at] !== ',' || quoted) continue
    fields.push(row.slice(start, at))
    start = at + 1
  }
  return [...fields, row.slice(start)]
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
      const records = readRecords(input, payload, payload.body, 'the input')
      return joinLines(filtered(records, filterIn, payload), payload.body)
    },
    output(payload, answer) {
      const answers = readRecords(answered, payload, answer, "the container's answer")
      const records = join === 'Input' ? joined(input, payload, answers, plan) : answers
      return joinLines(filtered(records, filterOut, payload), answer)
    },
  }
}

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

/** A line for each record; the last one ends as it did before. */
const joinLines = (records: readonly string[], before: Uint8Array): Buffer =>
  Buffer.from(records.join('\n') + (before.at(-1) === 0x0a ? '\n' : ''))

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

function readRecords(format: Format, payload: Payload, bytes: Uint8Array, what: string): readonly unknown[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    return format.read(text)
  } catch (error) {
    throw refusedRecord(payload, `${what} is not valid JSON (${(error as Error).message})`)
  }
}

/** Input and answer belong together by their order, so there must be as many of each. */
function joined(
  format: Format,
  payload: Payload,
  answers: readonly unknown[],
  { strategy }: Pick<TransformPlan, 'strategy'>,
): readonly unknown[] {
  const inputs = readRecords(format, payload, payload.body, 'the input')
  if (inputs.length !== answers.length) {
    const hint = strategy === 'SingleRecord' ? '' : '; with BatchStrategy SingleRecord it is sent one at a time'
    throw refusedRecord(
      payload,
      `the container answered with ${answers.length} records for ${inputs.length}, which cannot be joined${hint}`,
    )
  }
  return inputs.map((input, index) => format.join(input, answers[index]))
}

function filtered(records: readonly unknown[], { name, write }: Selection, payload: Payload): readonly string[] {
  return records.map((record, index) => {
    try {
      return write(record)
    } catch (error) {
      const at = payload.first + index
      throw refusedRecord({ first: at, last: at }, `${name}: ${(error as Error).message}`)
    }
  })
}
