import { AccessDenied, ValidationException } from '../ground/errors.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import type { Access } from '../service/access.ts'
import type { Credential, Iam, Surroundings } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Store } from '../store/store.ts'
import { createUseNotes } from './access-key-use.ts'
import { createCache } from './cache.ts'
import { findAccessKey } from './credential.ts'
import { denialMessage, refusalCode } from './denial.ts'
import { evaluate } from './evaluate.ts'
import { requestContext } from './evaluation-context.ts'
import { compile, type Identity, loadIdentity, weighIdentity } from './identity.ts'
import { findSession, type SessionPrincipal, type TemporaryCredential } from './session.ts'
import { endWorkloadSessions, issueWorkloadSession } from './workload-session.ts'

export interface IamParts {
  readonly store: Store
  readonly rootSecret: RootSecret
  readonly now: () => Date
}

/** The port, and what the IAM and STS services need of it besides. */
export interface IamEngine extends Iam, IamParts {
  authorize(principal: Principal, access: Access, surroundings?: Surroundings): Promise<void>
  /** Remembers when an access key was last used, to the minute. For the gateway, once a request is authenticated. */
  noteUse(accessKeyId: string, service: string, region: string): Promise<void>
  /** Credentials of a role that a service hands to the containers of a workload. Throws as `assumeForService` does. */
  workloadSession(roleArn: string, service: string, workload: string): Promise<TemporaryCredential>
  /** Users, roles, policies or keys changed in this process: forget what was read. */
  changed(): void
}

/** Changes that another process makes (the command line, a replica) are seen after this many milliseconds; new keys at once. */
const freshness = 1000

/** Identity and access over the store. `rootSecret` opens the secrets of access keys. */
export function createIam(parts: IamParts): IamEngine {
  const { store, rootSecret, now } = parts
  const credentials = createCache<Credential>(freshness, () => 1000)
  const identities = createCache<Identity>(freshness, weighIdentity)
  const noteUse = createUseNotes(store)
  const identityBy = (column: 'id' | 'arn', value: string) =>
    identities.get(value, () => loadIdentity(store, column, value))

  /** Whose policies decide: of a federated user those of the user who vouches for it. */
  async function identityOf({ kind, userId, identityArn }: Principal): Promise<Identity | undefined> {
    if (kind === 'user' || kind === 'assumed-role') return identityBy('id', userId.split(':')[0] as string)
    return kind === 'federated-user' && identityArn !== undefined ? identityBy('arn', identityArn) : undefined
  }

  async function authorize(principal: SessionPrincipal, access: Access, surroundings: Surroundings = {}) {
    const owner = access.owner ?? principal.account
    const identity = await identityOf(principal)
    const lookup = requestContext({ principal, access, owner, now: now(), surroundings, tags: identity?.tags ?? {} })
    const decision = evaluate(
      { principal, action: access.action, resource: access.resource, owner, lookup },
      {
        identity: (identity?.policies ?? policiesWithout(principal)).map(({ document }) =>
          compile(document, 'identity'),
        ),
        boundary: identity?.boundary && compile(identity.boundary.document, 'identity'),
        session: principal.sessionPolicies?.map(document => compile(document, 'identity')),
        resource: access.resourcePolicy === undefined ? undefined : compile(access.resourcePolicy, 'resource'),
      },
    )
    if (decision.outcome !== 'allowed')
      throw new AccessDenied(denialMessage(principal, access, decision), refusalCode(access.action))
    const { kind } = principal.session ?? {}
    if (kind && callsNoIam[kind]?.(access.action))
      throw new AccessDenied(`Cannot call ${access.action} with ${kind} credentials`, 'AccessDenied')
  }

  /** Source: SageMaker Developer Guide, Cross-service confused deputy prevention. */
  async function trusting(roleArn: string, service: string, source: string | undefined): Promise<Identity> {
    const role = await identityBy('arn', roleArn)
    const account = roleArn.split(':')[4] ?? ''
    const principal: Principal = { kind: 'service', account, arn: service, userId: service }
    const conditions = { 'aws:SourceAccount': account, ...(source !== undefined && { 'aws:SourceArn': source }) }
    const access = { action: 'sts:AssumeRole', resource: roleArn, owner: account, conditions }
    try {
      if (!role?.trustPolicy) throw new AccessDenied('no such role')
      await authorize(principal, { ...access, resourcePolicy: role.trustPolicy })
      return role
    } catch (cause) {
      if (!(cause instanceof AccessDenied)) throw cause
      throw new ValidationException(
        `Could not assume role ${roleArn}. Please ensure that the role exists and allows principal '${service}' to assume the role.`,
      )
    }
  }

  function changed(): void {
    credentials.clear()
    identities.clear()
  }

  return {
    ...parts,
    authorize,
    credential: accessKeyId =>
      credentials.get(accessKeyId, () =>
        accessKeyId.startsWith('ASIA')
          ? findSession(store, rootSecret, accessKeyId)
          : findAccessKey(store, rootSecret, accessKeyId),
      ),
    noteUse: (accessKeyId, service, region) => noteUse(accessKeyId, service, region, now()),
    changed,
    async passRole(principal, roleArn, service, source) {
      const account = /^arn:aws[\w-]*:iam::(\d{12}):role\/[!-~]+$/.exec(roleArn)?.[1]
      if (!account) throw new ValidationException(`Invalid role ARN: ${roleArn}`)
      if (account !== principal.account) throw new ValidationException('Cross-account pass role is not allowed.')
      const conditions = {
        'iam:PassedToService': service,
        ...(source !== undefined && { 'iam:AssociatedResourceArn': source }),
      }
      await authorize(principal, { action: 'iam:PassRole', resource: roleArn, conditions })
      await trusting(roleArn, service, source)
    },
    async assumeForService(roleArn, service, sessionName, source) {
      const role = await trusting(roleArn, service, source)
      return serviceSession(role, sessionName, now())
    },
    async workloadSession(roleArn, service, workload) {
      const role = await trusting(roleArn, service, workload)
      return issueWorkloadSession(parts, serviceSession(role, sessionNames[service] ?? service, now()), workload)
    },
    async endWorkloadSessions(workload) {
      if (await endWorkloadSessions(parts, workload)) changed()
    },
  }
}

/** What credentials may not do, whatever policies say (IAM User Guide, Compare AWS STS credentials: restrictions of each operation). */
const callsNoIam: Readonly<Record<string, (action: string) => boolean>> = {
  GetSessionToken: action => /^(iam|sts):/i.test(action) && !/^sts:(AssumeRole|GetCallerIdentity)$/i.test(action),
  GetFederationToken: action => /^(iam|sts):/i.test(action) && !/^sts:GetCallerIdentity$/i.test(action),
}

/** Whom root vouches for may do what the session's policies say; nobody else without an identity has policies. */
const policiesWithout = ({ kind, identityArn }: Principal): readonly { readonly document: string }[] =>
  kind === 'federated-user' && identityArn === undefined ? [everything] : []

const everything = {
  document: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
}

/** As the service's own sessions are called, which policies and scripts know: `assumed-role/ROLE/SageMaker`. */
const sessionNames: Readonly<Record<string, string>> = { 'sagemaker.amazonaws.com': 'SageMaker' }

function serviceSession(role: Identity, name: string, now: Date): SessionPrincipal {
  const account = role.arn.split(':')[4] as string
  const session = {
    kind: 'service' as const,
    issued: now.getTime(),
    tags: {},
    transitiveTagKeys: [],
    sourceIdentity: undefined,
  }
  const arn = `arn:aws:sts::${account}:assumed-role/${role.name}/${name}`
  return { kind: 'assumed-role', account, arn, userId: `${role.id}:${name}`, identityArn: role.arn, session }
}
