import { ask, openIamFixture, trust } from '../iam/iam.fixture.ts'
import { parsePolicy } from '../iam/policy.ts'
import type { Principal } from '../service/principal.ts'
import { createKms } from './kms.ts'
import { createKmsService } from './kms-service.ts'

/** For tests: KMS in an installation with one account, asked as the gateway asks, under a clock that the test moves. */
export async function openKms() {
  const clock = { now: Date.UTC(2026, 10, 20) }
  const now = () => new Date(clock.now)
  const house = await openIamFixture(now)
  const { store, rootSecret, engine, account } = house
  const parts = { store, rootSecret, now, checkPolicy: (text: string) => void parsePolicy(text, 'resource') }
  const kms = createKmsService(parts)
  const as =
    (principal: Principal) =>
    (operation: string, input: object = {}) =>
      ask(kms, { store, iam: engine, now }, principal, operation, input)
  return {
    ...{ store, account, clock, kms, as, engine },
    iam: house.root.iam,
    root: as(house.root.principal),
    rootPrincipal: house.root.principal,
    keys: createKms(parts, engine),
    async userNamed(name: string): Promise<Principal> {
      return (await house.userNamed(name)).principal
    },
    /** A session of a new role without policies. */
    async openRole(name: string): Promise<Principal> {
      const document = trust({ Service: 'sagemaker.amazonaws.com' })
      const { Role: role } = await house.root.iam('CreateRole', { RoleName: name, AssumeRolePolicyDocument: document })
      return engine.assumeForService(role.Arn, 'sagemaker.amazonaws.com', 'run')
    },
    async openAccount(name: string) {
      const { principal } = await house.openAccount(name)
      return { principal, ask: as(principal) }
    },
  }
}
