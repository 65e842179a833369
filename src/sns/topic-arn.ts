import type { Context } from '../service/context.ts'
import { snsError } from './sns-error.ts'

export interface TopicName {
  readonly arn: string
  readonly region: string
  readonly account: string
  readonly name: string
}

const form = /^arn:aws:sns:([a-z0-9-]{1,40}):(\d{12}):([A-Za-z0-9_-]{1,256})$/

/** Undefined for anything but the ARN of a topic. */
export function parseTopicArn(arn: string): TopicName | undefined {
  const [, region = '', account = '', name = ''] = form.exec(arn) ?? []
  return name === '' ? undefined : { arn, region, account, name }
}

/** A topic of the region that is asked, whosever it is. Throws InvalidParameterException. */
export function requireTopicArn(arn: string | undefined, { region }: Pick<Context, 'region'>): TopicName {
  const parsed = arn === undefined ? undefined : parseTopicArn(arn)
  if (parsed?.region !== region) throw snsError.invalid('TopicArn')
  return parsed
}

export const topicArn = ({ account, region }: Pick<Context, 'account' | 'region'>, name: string): string =>
  `arn:aws:sns:${region}:${account}:${name}`
