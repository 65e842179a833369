import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as Iam from '@aws-sdk/client-iam'
import * as Sts from '@aws-sdk/client-sts'
import { pino } from 'pino'
import { openAuditTrail } from '../audit/audit-trail.ts'
import { auditKey } from '../audit/chain.ts'
import { createGateway } from '../gateway/gateway.ts'
import { type Clock, clock, systemClock, useClock } from '../ground/clock.ts'
import { createAccount } from '../iam/account.ts'
import { createIam } from '../iam/iam.ts'
import { createIamService } from '../iam/iam-service.ts'
import { createOpenIdDocuments } from '../iam/open-id-document.ts'
import { createStsService } from '../iam/sts-service.ts'
import type { Platform } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createSessionApi } from './session-api.ts'
import { createSignInLink } from './sign-in-link.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers by name
type Any = any

export interface Answered {
  readonly status: number
  readonly body: Any
  readonly cookie: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly body?: unknown
  /** What the browser holds. */
  readonly cookie?: string | undefined
  readonly headers?: OutgoingHttpHeaders
}

/** For tests: IAM, STS and the console's sign-in behind the real gateway, with an account `home` and a clock that goes where it is put. */
export async function openSignIn({ allowPlainSignIn = false, innerHosts = new Set<string>() } = {}) {
  const ahead = { ms: 0 }
  // It stands still: whatever the machine does meanwhile, no limit and no session ends by itself.
  const [began, since] = [systemClock.now(), systemClock.elapsed()]
  const moved: Clock = { ...systemClock, now: () => began + ahead.ms, elapsed: () => since + ahead.ms }
  const clockInUse = useClock(moved)
  const now = () => new Date(clock.now())
  const store = await openTestStore()
  const rootSecret = randomBytes(32)
  const log = pino({ level: 'silent' })
  const iam = createIam({ store, rootSecret, now })
  const { account, ...keys } = await createAccount(store, rootSecret, { name: 'home' })
  const documents = createOpenIdDocuments(innerHosts)
  const audit = openAuditTrail({ store, key: auditKey(rootSecret), log })
  const platform = { url: 'http://localhost', now, log, store, iam } as unknown as Platform
  const gateway = createGateway({
    ...{ platform, log, audit, services: [createIamService(iam, documents), createStsService(iam, documents)] },
    consoleSession: createSessionApi({
      url: platform.url,
      iam,
      audit,
      log,
      documents,
      allowPlainSignIn,
      isOperator: async () => false,
    }),
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const { port } = gateway.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  const endpoint = `http://${host}`
  /** Signs by the clock that is put ahead. */
  const client = ({ accessKeyId, secretAccessKey, sessionToken }: Any) => ({
    ...{ endpoint, region: 'us-east-1', maxAttempts: 1, systemClockOffset: clock.now() - systemClock.now() },
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  })

  /** As the console's page asks, unless headers say otherwise. */
  async function ask({ method = 'POST', path = '', body = {}, cookie, headers = {} }: Ask): Promise<Answered> {
    const own = { origin: endpoint, 'content-type': 'application/json', 'x-modelmart-console': '1' }
    const all = { ...own, ...(cookie !== undefined && { cookie }), ...headers }
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    const sent = method === 'GET' ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    const length = { 'content-length': Buffer.byteLength(sent) }
    const asking = request({ port, path: `/console-session/${path}`, method, headers: { host, ...length, ...given } })
    asking.end(sent)
    const [answer] = await once(asking, 'response')
    const set: string | undefined = answer.headers['set-cookie']?.[0]
    return {
      status: answer.statusCode,
      body: JSON.parse(await text(answer)),
      cookie: set?.split(';')[0],
      headers: answer.headers,
    }
  }

  return {
    ...{ ahead, store, rootSecret, audit, account: account.id, endpoint, host, port, ask },
    /** As the account's root. */
    get iam() {
      return new Iam.IAM(client(keys))
    },
    /** Who AWS's own client is with credentials of the console. */
    whoIs: (credentials: Any) => new Sts.STS(client(credentials)).getCallerIdentity({}),
    assume: async (credentials: Any, RoleArn: string) => {
      const asked = { RoleArn, RoleSessionName: 'test' }
      const { Credentials: keys } = await new Sts.STS(client(credentials)).assumeRole(asked)
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = keys ?? {}
      return { accessKeyId, secretAccessKey, sessionToken }
    },
    iamWith: (credentials: Any) => new Iam.IAM(client(credentials)),
    link: () => createSignInLink(store, account.id),
    signIn: async (body: object) => {
      const { status, cookie, body: told } = await ask({ body })
      if (status !== 200) throw new Error(told.code)
      return cookie as string
    },
    credentials: async (cookie: string) => (await ask({ path: 'credentials', cookie })).body,
    /** What the security log holds of sign-ins, oldest first, as text. */
    async told(): Promise<Any[]> {
      await audit.settle()
      const rows = await store.db.selectFrom('audit_event').select('text').orderBy('seq').execute()
      return rows.map(({ text: one }) => JSON.parse(one)).filter(({ eventName }) => eventName === 'ConsoleLogin')
    },
    async close() {
      gateway.close()
      gateway.closeAllConnections()
      await audit.close()
      await store.close()
      clockInUse[Symbol.dispose]()
    },
  }
}
