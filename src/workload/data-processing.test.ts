import assert from 'node:assert/strict'
import test from 'node:test'
import type { ServiceError } from '../ground/errors.ts'
import { checkDataProcessing, createDataProcessing } from './data-processing.ts'
import type { TransformPlan } from './transform.ts'

type Processing = NonNullable<TransformPlan['processing']>

const planOf = (
  contentType: string,
  processing: Partial<Processing>,
  plan: Partial<TransformPlan> = {},
): TransformPlan => ({
  split: 'Line',
  strategy: 'MultiRecord',
  assemble: 'Line',
  compression: 'None',
  maxPayloadBytes: 0,
  maxConcurrent: 1,
  maxRetries: 0,
  contentType,
  accept: contentType,
  processing: { inputFilter: '$', outputFilter: '$', join: 'None', ...processing },
  ...plan,
})

/** What the container is sent, and what is written for its answer. */
function exchange(plan: TransformPlan, input: string, answer: string, first = 0) {
  const processing = createDataProcessing(plan)
  assert.ok(processing)
  const body = Buffer.from(input)
  const payload = { first, last: first + input.split('\n').filter(Boolean).length - 1, body }
  const sent = Buffer.from(processing.request(payload)).toString()
  return { sent, written: Buffer.from(processing.output(payload, Buffer.from(answer))).toString() }
}

interface Example {
  readonly name: string
  readonly type: string
  readonly processing: Partial<Processing>
  readonly plan?: Partial<TransformPlan>
  readonly input: string
  readonly sent: string
  readonly answer: string
  readonly written: string
}

const join = 'Input' as const
const examples: readonly Example[] = [
  {
    name: 'CSV: the answer is appended to the row',
    ...{ type: 'text/csv', processing: { join } },
    ...{ input: '1,2\n3,4\n', sent: '1,2\n3,4\n' },
    ...{ answer: '0.1,x\n0.2,y\n', written: '1,2,0.1,x\n3,4,0.2,y\n' },
  },
  {
    name: 'CSV: the first column is not sent, and comes back with the answer',
    ...{ type: 'text/csv', processing: { inputFilter: '$[1:]', outputFilter: '$[0,-1]', join } },
    ...{ input: 'id-1,5,6\nid-2,7,8', sent: '5,6\n7,8' },
    ...{ answer: '0.9\n0.8', written: 'id-1,0.9\nid-2,0.8' },
  },
  {
    name: 'CSV: quotes, empty fields and digits stay as they are',
    ...{ type: 'text/csv; charset=utf-8', processing: { inputFilter: '$[1:]', join } },
    ...{ input: '"a ""b"", c",,1.0,5" pipe,\r\n', sent: ',1.0,5" pipe,\n' },
    ...{ answer: '"x,y"\n', written: '"a ""b"", c",,1.0,5" pipe,,"x,y"\n' },
  },
  {
    name: 'CSV: one column of the answer',
    ...{ type: 'text/csv', processing: { outputFilter: '$[0]' } },
    ...{ input: '1\n2\n', sent: '1\n2\n', answer: 'a,b\nc,d\n', written: 'a\nc\n' },
  },
  {
    name: 'JSON lines: an object gains SageMakerOutput',
    ...{ type: 'application/jsonlines', processing: { inputFilter: '$.features', join } },
    ...{ input: '{"id":1,"features":[1.0,2]}\n{"id":2,"features":[3,4]}\n', sent: '[1.0,2]\n[3,4]\n' },
    answer: '{"label":"x"}\n0.50\n',
    written:
      '{"id":1,"features":[1.0,2],"SageMakerOutput":{"label":"x"}}\n{"id":2,"features":[3,4],"SageMakerOutput":0.50}\n',
  },
  {
    name: 'JSON lines: chosen names only',
    ...{ type: 'application/jsonlines', processing: { outputFilter: "$['id','SageMakerOutput']", join } },
    ...{ input: '{"id":12345678901234567890,"x":1}\n', sent: '{"id":12345678901234567890,"x":1}\n' },
    ...{ answer: '"yes"', written: '{"id":12345678901234567890,"SageMakerOutput":"yes"}' },
  },
  {
    name: 'JSON lines: what is no object is kept as SageMakerInput',
    ...{ type: 'application/jsonlines', processing: { join } },
    ...{ input: '[1,2]\n"s"\n', sent: '[1,2]\n"s"\n', answer: '0\n1\n' },
    written: '{"SageMakerInput":[1,2],"SageMakerOutput":0}\n{"SageMakerInput":"s","SageMakerOutput":1}\n',
  },
  {
    name: 'JSON: a whole object, laid out over lines, is one record',
    ...{ type: 'application/json', processing: { join }, plan: { split: 'None', assemble: 'None' } },
    ...{ input: '{\n  "k": 1\n}\n', sent: '{\n  "k": 1\n}\n', answer: '{\n "p": [1]\n}' },
    written: '{"k":1,"SageMakerOutput":{"p":[1]}}',
  },
  {
    name: 'JSON: a part of the answer in another format than the input',
    ...{
      type: 'text/csv',
      processing: { outputFilter: '$.predictions[*].score' },
      plan: { accept: 'application/json' },
    },
    ...{ input: '1\n', sent: '1\n', answer: '{"predictions":[{"score":0.10},{"score":2}]}', written: '[0.10,2]' },
  },
]

for (const { name, type, processing, plan, input, sent, answer, written } of examples)
  test(name, () => assert.deepEqual(exchange(planOf(type, processing, plan), input, answer), { sent, written }))

test('a record alone gets no line end that it did not have', () => {
  const plan = planOf('text/csv', { inputFilter: '$[1:]', join }, { strategy: 'SingleRecord' })
  assert.deepEqual(exchange(plan, '9,1,2', '0.5'), { sent: '1,2', written: '9,1,2,0.5' })
})

test('processing that changes nothing is none, whatever the format', () => {
  assert.equal(createDataProcessing(planOf('image/png', {}, { split: 'RecordIO' })), undefined)
  assert.equal(createDataProcessing(planOf('image/png', {}, { processing: undefined })), undefined)
})

const faults: readonly (readonly [string, TransformPlan, string, string, RegExp])[] = [
  [
    'a filtered index',
    planOf('text/csv', { inputFilter: '$[3]' }),
    '1,2,3,4\n1,2\n',
    '',
    /^record 12 \(counted from 1\): refused by the platform: InputFilter "\$\[3\]": index 3 is outside of the 2 elements$/,
  ],
  [
    'a joined index',
    planOf('text/csv', { outputFilter: '$[9]', join }),
    '1\n',
    '2\n',
    /^record 11 .*: OutputFilter "\$\[9\]": index 9/,
  ],
  [
    'a name in CSV',
    planOf('text/csv', { inputFilter: '$.id' }),
    '1\n',
    '',
    /^record 11 .*: InputFilter .* needs an object/,
  ],
  [
    'a missing answer',
    planOf('text/csv', { join }),
    '1\n2\n',
    '5\n',
    /^records 11 to 12 \(counted from 1\): refused by the platform: the container answered with 1 records for 2, which cannot be joined; with BatchStrategy SingleRecord it is sent one at a time$/,
  ],
  [
    'an answer too many for a record that was sent alone',
    planOf('text/csv', { join }, { strategy: 'SingleRecord' }),
    '1\n',
    '5\n6\n',
    /^record 11 .*: the container answered with 2 records for 1, which cannot be joined$/,
  ],
  ['an answer too many', planOf('application/json', { join }), '{}', '1\n2\n', /^record 11 .* 2 records for 1/],
  [
    'an answer that is no JSON',
    planOf('application/json', { join }),
    '{}',
    '<html>',
    /^record 11 .*: the container's answer is not valid JSON/,
  ],
  [
    'an input that is no JSON',
    planOf('application/json', { inputFilter: '$.a' }),
    '{a: 1}',
    '',
    /^record 11 .*: the input is not valid JSON/,
  ],
  ['an abyss of JSON', planOf('application/json', { join }), '{}', '['.repeat(500_000), /answer is not valid JSON/],
]

for (const [name, plan, input, answer, message] of faults)
  test(`${name} is a ClientError that names the record`, () =>
    assert.throws(
      () => exchange(plan, input, answer, 10),
      (error: ServiceError) => {
        assert.equal(error.code, 'ClientError')
        assert.match(error.message, message)
        return true
      },
    ))

const rules: readonly (readonly [TransformPlan, RegExp])[] = [
  [
    planOf('text/csv', { join }, { accept: 'application/json' }),
    /Accept to be the same as TransformInput\.ContentType: application\/json is not text\/csv/,
  ],
  [planOf('text/csv', { join }, { accept: undefined }), /Accept to be the same.*not given is not text\/csv/],
  [planOf('text/csv', { join }, { assemble: 'None' }), /AssembleWith to be the same.*None is not Line/],
  [planOf('text/csv', { join }, { split: 'None' }), /AssembleWith to be the same.*Line is not None/],
  [planOf('image/png', { inputFilter: '$.a' }), /ContentType to be one of text\/csv, .* it is image\/png/],
  [planOf('', { inputFilter: '$.a' }, { contentType: undefined }), /it is not given/],
  [planOf('text/csv', { outputFilter: '$[0]' }, { accept: 'image/png' }), /Accept to be one of .* it is image\/png/],
  [planOf('text/csv', { inputFilter: '$[0]' }, { split: 'TFRecord' }), /SplitType of None or Line; it is TFRecord/],
  [
    planOf('text/csv', { inputFilter: '$[0:2,5:]' }),
    /DataProcessing\.InputFilter: Invalid JsonPath: .*[Oo]nly single range/,
  ],
  [planOf('text/csv', { outputFilter: 'id' }), /DataProcessing\.OutputFilter: Invalid JsonPath: id/],
]

for (const [plan, message] of rules)
  test(`CreateTransformJob refuses: ${message.source}`, () =>
    assert.throws(() => checkDataProcessing(plan), { code: 'ValidationException', message }))

test('what can be carried out is accepted', () => {
  for (const { type, processing, plan } of examples) checkDataProcessing(planOf(type, processing, plan))
  checkDataProcessing(planOf('text/csv; label_size=0', { join }, { accept: 'text/CSV' }))
})

const inferenceTime = '2026-11-20T13:05:00Z'
const identifier = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

test('GenerateInferenceId: every record gets an identifier of its own and the time, in its own format', () => {
  const stamped = (type: string, answer: string, processing?: TransformPlan['processing']) =>
    exchange(planOf(type, {}, { processing, inferenceTime }), '1\n2\n', answer, 0).written
  const csv = stamped('text/csv', '0.5,a\n0.7,b\n')
  assert.match(csv, new RegExp(`^0\\.5,a,${identifier},${inferenceTime}\n0\\.7,b,${identifier},${inferenceTime}\n$`))
  assert.equal(new Set(csv.match(new RegExp(identifier, 'g'))).size, 2)
  const told = (more: string) =>
    `\\{${more},"SageMakerInferenceId":"${identifier}","SageMakerInferenceTime":"${inferenceTime}"\\}`
  assert.match(
    stamped('application/jsonlines', '{"output":1.0}\n7\n'),
    new RegExp(`^${told('"output":1\\.0')}\n${told('"SageMakerOutput":7')}\n$`),
  )
  const joined = stamped('text/csv', '5\n6\n', { inputFilter: '$', outputFilter: '$[1]', join: 'Input' })
  assert.match(joined, new RegExp(`^5,${identifier},${inferenceTime}\n6,${identifier},`))
})

test('GenerateInferenceId needs an answer that it can be written into, whatever the input', () => {
  const plan = (accept: string | undefined) =>
    planOf('application/x-recordio', {}, { processing: undefined, inferenceTime, split: 'RecordIO', accept })
  checkDataProcessing(plan('text/csv'))
  assert.throws(() => checkDataProcessing(plan('image/png')), {
    code: 'ValidationException',
    message:
      /^DataCaptureConfig\.GenerateInferenceId needs TransformOutput\.Accept to be one of text\/csv, .*; it is image\/png\.$/,
  })
  assert.throws(() => checkDataProcessing(plan(undefined)), /GenerateInferenceId/)
})
