import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { AuditEvent } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { OnVisit, Visitor } from '../driver/container-door.ts'
import { DOOR } from '../driver/door-listener.ts'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { IamEngine } from '../iam/iam.ts'
import type { TemporaryCredential } from '../iam/session.ts'
import type { RawHandler } from './raw-routes.ts'

export interface ContainerVisitParts {
  readonly iam: Pick<IamEngine, 'workloadSession' | 'endWorkloadSessions'>
  readonly audit: Pick<AuditTrail, 'append'>
}

/** Who comes through the doors of containers, and the credentials that they are given. */
export interface ContainerVisits {
  /** Hands connections to this server. */
  receive(server: Server): OnVisit
  /** Whose connection it is; undefined for one that came through no door. */
  visitorOf(socket: Socket): Visitor | undefined
  /** Answers `DOOR.credentialsPath`. */
  readonly credentials: RawHandler
}

const service = 'sagemaker.amazonaws.com'
/** The SDKs ask anew 15 minutes before an end, and so often there are other ones by then. */
const freshMs = 1800_000

export function createContainerVisits({ iam, audit }: ContainerVisitParts): ContainerVisits {
  const visitors = new WeakMap<Socket, Visitor>()
  const given = createBoundedCache<string, Promise<TemporaryCredential>>(key => 1500 + 2 * key.length)

  const issue = async ({ key, role }: Visitor): Promise<TemporaryCredential> => {
    const credential = await iam.workloadSession(role, service, key.arn)
    // Told before it is handed out, or not handed out.
    await audit.append(assumed(key.arn, role, credential))
    return credential
  }

  /** One at a time for a container, however often its processes ask. */
  const credentialOf = async (visitor: Visitor): Promise<TemporaryCredential> => {
    const { arn, attempt, host } = visitor.key
    const name = `${arn} ${attempt} ${host} ${visitor.role}`
    const known = await given.get(name)?.catch(() => undefined)
    if (known && known.expires.getTime() - clock.now() > freshMs) return known
    const next = issue(visitor)
    given.set(name, next)
    return next
  }

  async function answer(incoming: IncomingMessage): Promise<{ status: number; body: object }> {
    const visitor = visitors.get(incoming.socket)
    const [path] = (incoming.url ?? '').split('?', 1)
    if (!visitor || path !== DOOR.credentialsPath) return refusal(404, 'NotFound', 'There is nothing here.')
    if (incoming.method !== 'GET') return refusal(405, 'MethodNotAllowed', 'Credentials are asked for by GET.')
    const { accessKeyId, secretAccessKey, sessionToken, expires } = await credentialOf(visitor)
    // Its door was closed meanwhile, and nobody would end what was issued after that.
    if (incoming.socket.destroyed) await iam.endWorkloadSessions(visitor.key.arn)
    const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken }
    return { status: 200, body: { RoleArn: visitor.role, ...keys, Expiration: inSeconds(expires) } }
  }

  return {
    receive: server => (visitor, socket) => {
      visitors.set(socket, visitor)
      server.emit('connection', socket)
    },
    visitorOf: socket => visitors.get(socket),
    async credentials(incoming, response) {
      const { status, body } = await answer(incoming).catch(failure)
      write(response, status, body)
    },
  }
}

/** Source: AWS SDKs and Tools Reference Guide, "Container credential provider": what an answer holds. */
const inSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')

const refusal = (status: number, code: string, message: string) => ({ status, body: { code, message } })

function failure(error: unknown) {
  if (error instanceof ServiceError) return refusal(error.status ?? 400, error.code, error.message)
  throw error
}

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

/** As CloudTrail tells of a service that assumes a role (CloudTrail User Guide, "CloudTrail userIdentity element"). */
function assumed(workload: string, role: string, { accessKeyId, expires }: TemporaryCredential): AuditEvent {
  const [, , , region = '', account = ''] = workload.split(':')
  return {
    userIdentity: { type: 'AWSService' },
    time: clock.now(),
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    region,
    sourceIp: service,
    userAgent: service,
    parameters: { roleArn: role, roleSessionName: 'SageMaker' },
    response: { credentials: { accessKeyId, expiration: expires.toISOString() } },
    more: { workload },
    requestId: randomness.uuid(),
    readOnly: true,
    resources: [{ type: 'AWS::IAM::Role', name: role }],
    account,
    type: 'AwsApiCall',
  }
}
