import { addressRefused } from '../delivery/deliver-each.ts'
import type { Outcome } from '../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { AddressRefused } from '../outgoing/way-out.ts'
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

/** Sends one event to an API destination, as the role of the target may. */
export async function sendToApiDestination(
  parts: Parts,
  target: TargetRow,
  { body, announced }: Outgoing,
  signal: AbortSignal,
): Promise<Outcome> {
  const destination = await findApiDestination(parts.store.db, target.arn)
  const connection = destination && (await findConnection(parts.store.db, destination.connection_arn))
  if (!destination || !connection)
    return new Undeliverable(
      'RESOURCE_NOT_FOUND',
      `The API destination ${target.arn} or its connection does not exist.`,
    )
  const denied = await refusal(parts, target)
  if (denied) return denied
  const options = optionsOf(target)
  const parameters = parts.secrets.unseal(connection.arn, connection.sealed)
  if (!isAuthorized(parameters))
    return new Undeliverable('NOT_AUTHORIZED', `The connection ${connection.name} was deauthorized`)
  const { endpoint, method } = destination
  try {
    const input = targetInput(options, { body, announced, ruleArn: target.rule_arn })
    const asked = { endpoint, method, parameters, target: options.HttpParameters ?? {}, input }
    const token = parameters.OAuthParameters && (await tokenFor(parts, connection, signal))
    const answer = await parts.wayOut.send(apiRequest({ ...asked, token }), signal)
    if (!token || (answer.status !== 401 && answer.status !== 407)) return outcomeOf(answer)
    // The token is not taken any more: once more with a new one.
    const fresh = await renewToken(parts, connection, signal)
    return outcomeOf(await parts.wayOut.send(apiRequest({ ...asked, token: fresh }), signal))
  } catch (error) {
    if (error instanceof AddressRefused) return new Undeliverable(addressRefused, error.message)
    if (error instanceof NotAuthorized) return new Undeliverable('NOT_AUTHORIZED', error.message)
    return error as Error
  }
}

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

function outcomeOf({ status, text }: { readonly status: number; readonly text: string }): Outcome {
  if (status >= 200 && status < 300) return undefined
  const said = `The API destination answered ${status}${text === '' ? '' : `: ${text}`}`
  return status >= 500 || triedAgain.has(status) ? new Error(said) : new Undeliverable(`HTTP_${status}`, said)
}
