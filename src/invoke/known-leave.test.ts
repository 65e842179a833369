import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Caller } from '../iam/leave.ts'
import { createKnownLeave } from './known-leave.ts'

const account = '111122223333'
const arn = `arn:aws:iam::${account}:user/u`
const access = (name: string, conditions?: Record<string, string>) => ({
  action: 'sagemaker:InvokeEndpoint',
  resource: `arn:aws:sagemaker:us-east-1:${account}:endpoint/${name}`,
  ...(conditions && { conditions }),
})

function callerWith(...statements: object[]): Caller {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  const principal = { kind: 'user', account, arn, userId: 'AIDA', identityArn: arn } as const
  return {
    credential: { accessKeyId: 'AKID', secretAccessKey: 'secret', principal },
    identity: {
      ...{ id: 'AIDA', kind: 'user', name: 'u', arn, tags: {}, boundary: undefined, trustPolicy: '' },
      ...{ maxSessionDuration: 3600, policies: [{ name: 'p', type: 'user', document }] },
    },
  }
}

const allow = { Effect: 'Allow', Action: 'sagemaker:InvokeEndpoint', Resource: '*' }

/** How often the request itself was looked at for so many asks. */
function asked(caller: Caller, what: ReturnType<typeof access>, times: number): number {
  const leave = createKnownLeave()
  let looks = 0
  const surroundings = () => {
    looks++
    return { sourceIp: '127.0.0.1' }
  }
  for (let time = 0; time < times; time++) leave.require(caller, what, new Date(), surroundings)
  return looks
}

describe('leave that was found', () => {
  it('is not looked for again where it hangs on action and resource alone', () => {
    assert.equal(asked(callerWith(allow), access('e'), 3), 1)
  })

  it('is looked for each time where anything of the request decides', () => {
    const nearby = { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } } }
    const later = {
      ...allow,
      Effect: 'Deny',
      Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    }
    const own = { ...allow, Resource: `arn:aws:sagemaker:*:*:endpoint/\${aws:username}` }
    assert.equal(asked(callerWith(nearby), access('e'), 3), 3)
    assert.equal(asked(callerWith(allow, later), access('e'), 3), 3)
    assert.equal(asked(callerWith(own), access('u'), 3), 3)
    assert.equal(asked(callerWith(allow), access('e', { 'sagemaker:TargetModel': 'm' }), 3), 3)
  })

  it('is one caller’s, for one endpoint, and as that caller was known then', () => {
    const leave = createKnownLeave()
    const of = (caller: Caller, name: string) => () => leave.require(caller, access(name), new Date(), () => ({}))
    const mine = callerWith({ ...allow, Resource: access('mine').resource })
    of(mine, 'mine')()
    assert.throws(of(mine, 'other'), /not authorized to perform: sagemaker:InvokeEndpoint/)
    assert.throws(of(mine, 'other'), /not authorized/)
    // The same user, asked for anew after a policy was taken away.
    assert.throws(of(callerWith({ ...allow, Effect: 'Deny' }), 'mine'), /explicit deny/)
    of(mine, 'mine')()
  })
})
