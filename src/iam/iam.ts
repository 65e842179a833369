import { AccessDenied, ValidationException } from '../ground/errors.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import type { Access } from '../service/access.ts'
import type { Credential, Iam, Surroundings } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Store } from '../store/store.ts'
import { createUseNotes } from './access-key-use.ts'
import { createCache } from './cache.ts'
import { findAccessKey } from './credential.ts'
import { isDisabled } from './disabled-account.ts'
import { type Identity, loadIdentity } from './identity.ts'
import { type Caller, requireLeave, weighIdentity } from './leave.ts'
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
  /** A credential and what its policies are, read anew: what was changed before this resolves is in it. Undefined as for `credential`. */
  caller(accessKeyId: string): Promise<Caller | undefined>
  /** Whether the operator has disabled an account: for tokens that are good without a look at a key. */
  isDisabled(account: string): Promise<boolean>
  /** Users, roles, policies or keys changed in this process: forget what was read. Resolves when all who listen have forgotten it too. */
  changed(): Promise<void>
  onChange(listener: () => Promise<void>): void
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

  const identityOf = async (principal: Principal) => {
    const by = deciding(principal)
    return by && identityBy(...by)
  }
  const freshIdentityOf = async (principal: Principal) => {
    const by = deciding(principal)
    return by && loadIdentity(store, ...by)
  }

  const authorize = async (principal: SessionPrincipal, access: Access, surroundings: Surroundings = {}) => {
    requireLeave({ principal, access, surroundings, now: now(), identity: await identityOf(principal) })
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

  let changes = 0
  const listeners: (() => Promise<void>)[] = []
  async function changed(): Promise<void> {
    changes++
    credentials.clear()
    identities.clear()
    await Promise.all(listeners.map(listener => listener()))
  }

  const findCredential = async (accessKeyId: string): Promise<Credential | undefined> => {
    const find = accessKeyId.startsWith('ASIA') ? findSession : findAccessKey
    const credential = await find(store, rootSecret, accessKeyId)
    return credential && (await isDisabled(store.db, credential.principal.account)) ? undefined : credential
  }

  async function caller(accessKeyId: string): Promise<Caller | undefined> {
    for (;;) {
      const before = changes
      const credential = await findCredential(accessKeyId)
      const identity = credential && (await freshIdentityOf(credential.principal))
      if (before === changes) return credential && { credential, identity }
    }
  }

  return {
    ...parts,
    authorize,
    credential: accessKeyId => credentials.get(accessKeyId, () => findCredential(accessKeyId)),
    caller,
    isDisabled: account => isDisabled(store.db, account),
    onChange: listener => void listeners.push(listener),
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
      if (await endWorkloadSessions(parts, workload)) await changed()
    },
  }
}

/** Whose policies decide: of a federated user those of the user who vouches for it. */
function deciding({ kind, userId, identityArn }: Principal): readonly ['id' | 'arn', string] | undefined {
  if (kind === 'user' || kind === 'assumed-role') return ['id', userId.split(':')[0] as string]
  return kind === 'federated-user' && identityArn !== undefined ? ['arn', identityArn] : undefined
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
