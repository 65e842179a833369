import { bodyMemory } from '../ground/memory-budget.ts'
import { randomness } from '../ground/randomness.ts'
import type { Context, Platform } from '../service/context.ts'

/** The context in which the platform itself makes resources for an account, as a certification does. */
export const serviceContext = (platform: Platform, account: string, region: string): Context => ({
  ...platform,
  requestId: randomness.uuid(),
  principal: { kind: 'service', account, arn: `arn:aws:iam::${account}:root`, userId: 'sagemaker.amazonaws.com' },
  account,
  region,
  arn: (type, name) => sageMakerArn(region, account, type, name),
  headers: {},
  memory: bodyMemory.claim(account),
  signal: new AbortController().signal,
})

export const sageMakerArn = (region: string, account: string, type: string, name: string): string =>
  `arn:aws:sagemaker:${region}:${account}:${type}/${name}`

/** Account of an ARN. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? ''

/** Region of an ARN. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? ''
