import { randomBytes } from 'node:crypto'
import { askService } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import type { Iam } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Service } from '../service/service.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createAccount } from './account.ts'
import { rootPrincipal, userPrincipal } from './credential.ts'
import { createIam } from './iam.ts'
import { createIamService } from './iam-service.ts'
import { createOpenIdDocuments, type OpenIdDocuments } from './open-id-document.ts'
import { createStsService } from './sts-service.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers by name
type Answer = any

/** For tests: an installation with one account whose operations are asked as the gateway asks: access, authorize, invoke. */
export async function openIamFixture(
  now: () => Date = () => new Date(),
  documents: OpenIdDocuments = createOpenIdDocuments(new Set()),
) {
  const store = await openTestStore(':memory:')
  const rootSecret = randomBytes(32)
  const engine = createIam({ store, rootSecret, now })
  const iamService = createIamService(engine, documents)
  const stsService = createStsService(engine, documents)
  const as = (principal: Principal) => ({
    principal,
    iam: (operation: string, input: object = {}) =>
      ask(iamService, { store, iam: engine, now }, principal, operation, input),
    sts: (operation: string, input: object = {}) =>
      ask(stsService, { store, iam: engine, now }, principal, operation, input),
  })
  const openAccount = async (name: string) =>
    as(rootPrincipal((await createAccount(store, rootSecret, { name })).account.id))
  const root = await openAccount('home')
  return {
    ...{ store, rootSecret, engine, iamService, stsService, as, openAccount, root },
    account: root.principal.account,
    async userNamed(name: string, more: object = {}) {
      const { User: user } = await root.iam('CreateUser', { UserName: name, ...more })
      return as(userPrincipal(user.Arn, user.UserId))
    },
  }
}

/** What the gateway does once a request is authenticated and valid. */
export async function ask(
  service: Service,
  parts: Pick<Context, 'store' | 'now'> & { readonly iam: Iam },
  principal: Principal,
  operation: string,
  input: object,
): Promise<Answer> {
  const place = { account: principal.account, region: 'us-east-1', requestId: 'test', principal, headers: {} }
  const ctx = { ...parts, ...place } as unknown as Context
  return askService(service, ctx, operation, input)
}

/** A policy that allows the action. */
export const policy = (action: string | string[], resource: string | string[] = '*', condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, Condition: condition }],
  })

/** A trust policy. */
export const trust = (
  principal: object | string,
  condition?: object,
  action: string | string[] = 'sts:AssumeRole',
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Principal: principal, Condition: condition }],
  })
