import { ServiceError } from '../ground/errors.ts'
import { quotas } from '../quotas/quotas.ts'
import { sessionStart, type TailUpdates } from './live-tail.ts'
import { type GroupName, identifiedGroup, requireGroup } from './log-group.ts'
import { invalidParameter } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { matchAll } from './match-all.ts'

/** Sessions of an account at once. */
const mostSessions = quotas.logs.liveTails.value

/**
 * Shows what comes into log groups as it comes, in an event stream (API reference, StartLiveTail). Groups are named by their ARNs; streams may
 * be chosen, by names or by prefixes, where there is one group. Throws InvalidParameterException, ResourceNotFoundException,
 * LimitExceededException.
 */
export const startLiveTail: Op<'StartLiveTail'> = async (input, ctx) => {
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern = '' } = input
  const groups = tailedGroups(logGroupIdentifiers, ctx)
  if (logStreamNames && logStreamNamePrefixes)
    throw invalidParameter('logStreamNames and logStreamNamePrefixes are mutually exclusive.')
  if ((logStreamNames ?? logStreamNamePrefixes) && groups.length > 1)
    throw invalidParameter('Log streams can be chosen where logGroupIdentifiers names one log group only.')
  const matches = matchAll(logEventFilterPattern)
  for (const group of groups) await requireGroup(ctx.store.db, group)
  if (ctx.tails.open(ctx.account) >= mostSessions)
    throw new ServiceError(
      'LimitExceededException',
      `${mostSessions} Live Tail sessions of this account are open; close one first.`,
    )
  const wants = (stream: string) =>
    logStreamNames?.includes(stream) ?? logStreamNamePrefixes?.some(prefix => stream.startsWith(prefix)) ?? true
  const updates = ctx.tails.start({ account: ctx.account, groups, wants, matches }, ctx.signal)
  return { responseStream: stream(sessionStart(input, logGroupIdentifiers), updates) }
}

/** Throws InvalidParameterException for what is no ARN of a log group. */
export const tailedGroups = (identifiers: readonly string[], ctx: { account: string; region: string }): GroupName[] =>
  identifiers.map(identifier => {
    if (!identifier.startsWith('arn:')) throw invalidParameter(`${identifier} is not the ARN of a log group.`)
    return identifiedGroup(identifier, ctx)
  })

async function* stream(start: ReturnType<typeof sessionStart>, updates: TailUpdates) {
  yield start
  yield* updates
}
