import type { AuditEvent, UserIdentity } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { isReadOnly, recordingOf, sourceOf } from '../audit/recorded-operations.ts'
import { resourceType } from '../audit/resource-type.ts'
import { toldParameters } from '../audit/told-parameters.ts'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import type { OperationModel, ServiceModel } from '../model/service-model.ts'
import { AuthFault } from '../protocol/auth-fault.ts'
import type { Access } from '../service/access.ts'
import type { Principal } from '../service/principal.ts'
import { withNote } from '../store/commit-note.ts'

/** What the security log wants to know of a request, as far as it is known when it is asked. */
export interface Recorded {
  readonly requestId: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly model?: ServiceModel | undefined
  readonly operation?: string | undefined
  readonly region?: string | undefined
  readonly accessKeyId?: string | undefined
  readonly principal?: Principal | undefined
  /** The signature was checked; until then the principal is who the request says. */
  readonly isProven: boolean
  readonly asked: readonly Access[]
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** Services that AWS has in one region tell their events there (CloudTrail User Guide, "Global service events"). */
const home = 'us-east-1'

/** Runs an operation; its sign-in or change is in the security log when this resolves, a change by the same commit. */
export async function recording<T>(
  trail: AuditTrail | undefined,
  known: Recorded,
  { name, input: inputRef, output: outputRef }: OperationModel,
  input: unknown,
  run: () => Promise<T>,
): Promise<T> {
  const { model } = known
  const kind = trail && model && recordingOf(model.metadata.serviceId, name)
  if (!trail || !kind) return run()
  const event = eventOf({ ...known, parameters: toldParameters(model, inputRef, input) })
  if (kind === 'sign-in') {
    const output = await run()
    await trail.append({ ...event, response: toldParameters(model, outputRef, output) })
    return output
  }
  const note = trail.note(event)
  try {
    const output = await withNote(note, run)
    if (note.state !== 'written') await trail.append({ ...event, resources: note.resources })
    return output
  } catch (error) {
    // A step was made and told, and a later one failed.
    if (note.state === 'written') await trail.append({ ...event, ...faultOf(error) })
    throw error
  }
}

/** Tells of a refused request: not the signer's, or not allowed. Other errors are no matter of security. */
export function recordRefusal(trail: AuditTrail | undefined, known: Recorded, error: unknown): void {
  if (!trail || !isRefusal(error)) return
  const event = eventOf(known)
  const holder = known.isProven && event.account ? event.account : `unproven ${event.account}`
  trail.refuse({ ...event, ...faultOf(error) }, holder)
}

const isRefusal = (error: unknown): boolean =>
  error instanceof AuthFault || (error instanceof ServiceError && error.code.startsWith('AccessDenied'))

/** Of the message its first line: behind it stands what should have been signed, headers with secrets among it. */
const faultOf = (error: unknown) => ({
  errorCode: error instanceof ServiceError ? error.code : 'InternalFailure',
  errorMessage: error instanceof ServiceError ? error.message.split('\n', 1)[0] : 'An internal error occurred',
})

function eventOf(known: Recorded): AuditEvent {
  const { principal, model, asked, operation } = known
  const isGlobal = model?.metadata.serviceId === 'IAM'
  const resources = [...new Set(asked.map(({ resource }) => resource))].filter(arn => arn.startsWith('arn:'))
  return {
    userIdentity: identityOf(known),
    time: clock.now(),
    source: model ? sourceOf(model) : 'unknown',
    name: operation || 'Unknown',
    region: isGlobal ? home : (known.region ?? home).slice(0, 32),
    sourceIp: known.sourceIp,
    userAgent: known.userAgent,
    ...(known.parameters && { parameters: known.parameters }),
    requestId: known.requestId,
    readOnly: isReadOnly(operation ?? ''),
    resources: resources.slice(0, 20).map(name => ({ type: resourceType(name), name: name.slice(0, 2048) })),
    // What nobody signed is told to whom it was to.
    account: principal?.account || (asked.find(({ owner }) => owner)?.owner ?? ''),
    type: 'AwsApiCall',
  }
}

function identityOf({ principal, accessKeyId, isProven }: Recorded): UserIdentity {
  const key = accessKeyId === undefined ? {} : { accessKeyId: accessKeyId.slice(0, 128) }
  if (!principal || !isProven || principal.kind === 'anonymous' || principal.kind === 'web-identity')
    return { type: 'Unknown', ...key }
  const { kind, arn, account, userId } = principal
  const who = { principalId: userId, arn, accountId: account, ...key }
  const last = arn.split('/').at(-1) ?? ''
  switch (kind) {
    case 'root':
      return { type: 'Root', ...who, userName: 'root' }
    case 'user':
      return { type: 'IAMUser', ...who, userName: last }
    case 'assumed-role':
      return { type: 'AssumedRole', ...who, userName: last }
    case 'federated-user':
      return { type: 'FederatedUser', ...who, userName: last }
    case 'service':
      return { type: 'AWSService', ...who }
  }
}
