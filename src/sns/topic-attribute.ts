import { checkTopicPolicy } from './delivery-policy.ts'
import { snsError } from './sns-error.ts'
import type { SnsContext } from './sns-operation.ts'
import { requirePolicy } from './topic-policy.ts'

type Check = (value: string, ctx: SnsContext) => void

const oneOf =
  (name: string, ...values: readonly string[]): Check =>
  value => {
    if (!values.includes(value)) throw snsError.invalid(`${name} Reason: must be ${values.join(' or ')}`)
  }

/** Values that ask for nothing, as Terraform sends them: no share of deliveries, no deduplication. */
const nothing: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: 'false',
  ...Object.fromEntries(
    ['HTTP', 'Firehose', 'Lambda', 'Application', 'SQS'].map(protocol => [`${protocol}SuccessFeedbackSampleRate`, '0']),
  ),
}

const no =
  (name: string, why: string): Check =>
  value => {
    if (value !== '' && value !== nothing[name]) throw snsError.notServed(name, why)
  }

const fifo = 'there are no FIFO topics; messages of a topic are delivered in no order.'
const feedback = 'deliveries are told by dead letters, not by logs.'

/** What may be set of a topic (API Reference, CreateTopic and SetTopicAttributes): how a value is checked, or why it is refused. */
const checks: Readonly<Record<string, Check>> = {
  DisplayName(value) {
    if (value.length > 100) throw snsError.invalid('DisplayName Reason: must not be longer than 100 characters')
  },
  Policy: requirePolicy,
  DeliveryPolicy(value) {
    if (value !== '') checkTopicPolicy(value)
  },
  SignatureVersion: oneOf('SignatureVersion', '1', '2'),
  TracingConfig(value) {
    if (value === 'Active') throw snsError.notServed('TracingConfig Active', 'nothing is traced.')
    oneOf('TracingConfig', 'PassThrough')(value, {} as SnsContext)
  },
  KmsMasterKeyId: no(
    'KmsMasterKeyId',
    'messages are kept no longer than until they are delivered, on the disk of this installation.',
  ),
  FifoTopic(value) {
    if (value !== 'false') throw snsError.notServed('FifoTopic', fifo)
  },
  ContentBasedDeduplication: no('ContentBasedDeduplication', fifo),
  FifoThroughputScope: no('FifoThroughputScope', fifo),
  ArchivePolicy: no('ArchivePolicy', fifo),
  DataProtectionPolicy: no('DataProtectionPolicy', 'nothing looks for personal data in messages.'),
  ...Object.fromEntries(
    ['HTTP', 'Firehose', 'Lambda', 'Application', 'SQS'].flatMap(protocol =>
      ['SuccessFeedbackRoleArn', 'SuccessFeedbackSampleRate', 'FailureFeedbackRoleArn'].map(rest => {
        const name = `${protocol}${rest}`
        return [name, no(name, feedback)]
      }),
    ),
  ),
}

/** What is kept; of the others only what asks for nothing is taken. Set to nothing they are as they were at the beginning. */
const keptNames = new Set(['DisplayName', 'Policy', 'DeliveryPolicy', 'SignatureVersion', 'TracingConfig'])

/** What is kept of attributes that are given: those that were set already, changed by these. Throws InvalidParameterException. */
export function withAttributes(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  ctx: SnsContext,
): Record<string, string> {
  const kept = { ...before }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, name)) throw snsError.invalid('AttributeName')
    checks[name]?.(value, ctx)
    if (!keptNames.has(name)) continue
    if (value === '') delete kept[name]
    else kept[name] = value
  }
  return kept
}
