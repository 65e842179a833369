import { addressRefused } from '../delivery/deliver-each.ts'
import type { Outcome } from '../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { AddressRefused, type Sent } from '../outgoing/outgoing-request.ts'
import type { Platform } from '../service/context.ts'
import type { Db } from '../store/database.ts'
import type { ApiDestinationRow } from './api-destination.ts'
import { apiRequest } from './api-destination-request.ts'
import { type ConnectionParts, findConnection, renewToken } from './connection.reconcile.ts'
import type { ConnectionRow } from './connection.ts'
import type { AuthParameters } from './connection-secret.ts'
import { NotAuthorized } from './oauth-token.ts'
import { targetInput } from './target-input.ts'
import { optionsOf, type TargetRow } from './target-row.ts'

export const isApiDestination = (arn: string): boolean =>
  /^arn:aws:events:[a-z0-9-]+:\d{12}:api-destination\/[.\w-]+\/[\w-]+$/.test(arn)

export const findApiDestination = (db: Db, arn: string): Promise<ApiDestinationRow | undefined> =>
  db.selectFrom('event_api_destination').selectAll().where('arn', '=', arn).executeTakeFirst()

type Parts = ConnectionParts & Pick<Platform, 'iam'>

/** Sends events to an API destination, as the role of the target may. */
export async function sendToApiDestination(
  parts: Parts,
  target: TargetRow,
  events: readonly Outgoing[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const place = await placeOf(parts, target)
  if (place instanceof Undeliverable) return events.map(() => place)
  const made = events.map(event => inputOf(target, event))
  const inputs = made.flatMap(one => (typeof one === 'string' ? [one] : []))
  const outcomes = (await sendInputs(parts, target, place, inputs, signal)).values()
  return made.map(one => (typeof one === 'string' ? outcomes.next().value : one))
}

interface Place {
  readonly destination: ApiDestinationRow
  readonly connection: ConnectionRow
  readonly parameters: AuthParameters
}

/** Where it is, and how it is asked; or why it cannot be. */
async function placeOf(parts: Parts, target: TargetRow): Promise<Place | Undeliverable> {
  const destination = await findApiDestination(parts.store.db, target.arn)
  const connection = destination && (await findConnection(parts.store.db, destination.connection_arn))
  if (!destination || !connection)
    return new Undeliverable(
      'RESOURCE_NOT_FOUND',
      `The API destination ${target.arn} or its connection does not exist.`,
    )
  const denied = await refusal(parts, target)
  if (denied) return denied
  const parameters = parts.secrets.unseal(connection.arn, connection.sealed)
  if (!isAuthorized(parameters))
    return new Undeliverable('NOT_AUTHORIZED', `The connection ${connection.name} was deauthorized`)
  return { destination, connection, parameters }
}

function inputOf(target: TargetRow, { body, announced }: Outgoing): string | Error {
  try {
    return targetInput(optionsOf(target), { body, announced, ruleArn: target.rule_arn })
  } catch (error) {
    return error as Error
  }
}

async function sendInputs(
  parts: Parts,
  target: TargetRow,
  { destination, connection, parameters }: Place,
  inputs: readonly string[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const { endpoint, method } = destination
  const asked = { endpoint, method, parameters, target: optionsOf(target).HttpParameters ?? {} }
  const send = async (
    some: readonly string[],
    tokenOf: () => Promise<string> | undefined,
  ): Promise<readonly Sent[]> => {
    try {
      const token = await tokenOf()
      return await parts.wayOut.sendEach(
        some.map(input => apiRequest({ ...asked, input, token })),
        signal,
      )
    } catch (error) {
      return some.map(() => error as Error)
    }
  }
  const hasToken = parameters.OAuthParameters !== undefined
  const sent = await send(inputs, () => (hasToken ? tokenFor(parts, connection, signal) : undefined))
  const refused = inputs.filter((_, index) => isUnauthorized(sent[index]))
  if (!hasToken || refused.length === 0) return sent.map(outcomeOf)
  // The token is not taken any more: once more with a new one.
  const again = (await send(refused, () => renewToken(parts, connection, signal))).values()
  return sent.map(one => outcomeOf(isUnauthorized(one) ? (again.next().value ?? 'untried') : one))
}

const isUnauthorized = (sent: Sent | undefined): boolean =>
  typeof sent === 'object' && 'status' in sent && (sent.status === 401 || sent.status === 407)

/** A connection that was deauthorized has parameters of no type. */
const isAuthorized = (given: AuthParameters): boolean =>
  (given.BasicAuthParameters ?? given.ApiKeyAuthParameters ?? given.OAuthParameters) !== undefined

/** Whether the target's role may invoke it (User Guide, "API destinations": `events:InvokeApiDestination`). */
async function refusal({ iam }: Parts, target: TargetRow): Promise<Undeliverable | undefined> {
  const name = target.rule_arn.slice(target.rule_arn.lastIndexOf('/') + 1)
  try {
    const role = await iam.assumeForService(
      optionsOf(target).RoleArn ?? '',
      'events.amazonaws.com',
      name,
      target.rule_arn,
    )
    await iam.authorize(role, { action: 'events:InvokeApiDestination', resource: target.arn, owner: target.account })
    return undefined
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return new Undeliverable('NO_PERMISSIONS', error.message)
  }
}

async function tokenFor(parts: Parts, connection: ConnectionRow, signal: AbortSignal): Promise<string> {
  const { sealed_token: kept, token_expires: expires } = connection
  if (kept !== null && expires > clock.now()) return parts.secrets.unsealToken(connection.arn, kept)
  return renewToken(parts, connection, signal)
}

/** User Guide, "API destinations": what is tried again, by status. */
const triedAgain = new Set([401, 407, 409, 429])

function outcomeOf(sent: Sent): Outcome {
  if (sent instanceof NotAuthorized) return new Undeliverable('NOT_AUTHORIZED', sent.message)
  if (sent instanceof AddressRefused) return new Undeliverable(addressRefused, sent.message)
  if (sent instanceof Error || sent === 'untried') return sent
  const { status, text } = sent
  if (status >= 200 && status < 300) return undefined
  const said = `The API destination answered ${status}${text === '' ? '' : `: ${text}`}`
  return status >= 500 || triedAgain.has(status) ? new Error(said) : new Undeliverable(`HTTP_${status}`, said)
}
