import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Deployment, EndpointHost, EndpointRow } from '../serving/endpoint.ts'
import { type Share, shareOf } from './capacity.ts'
import { longestWaitMs } from './longest-wait.ts'
import { type Serving, type ServingApplicant, servingAdmissions, servingOf } from './serving-capacity.ts'

const gib = 1024 ** 3
const machine: Share = { cpus: 2, memoryBytes: 24 * gib, gpus: 0 }
const allFree = machine.memoryBytes
const littleFree = machine.memoryBytes / 4
const nothing: Share = { cpus: 0, memoryBytes: 0, gpus: 0 }

const applicant = (arn: string, types: readonly string[], since = 0): ServingApplicant => ({
  ...{ arn, account: 'a', since, instanceTypes: types },
})
const holding = (...types: string[]): Serving => ({
  held: shareOf(types, machine),
  holders: types.map((_, index) => ({ arn: `held${index}`, account: 'a' })),
  queue: [],
})
const large = 'ml.m5.large'
const fifty = Array.from({ length: 50 }, (_, index) => applicant(String(index), [large]))
const names = ({ admitted }: ReturnType<typeof servingAdmissions>) => admitted.map(({ arn }) => arn)

const cases: readonly (readonly [string, Serving, readonly Share[], number, readonly string[]])[] = [
  [
    'fifty of 8 GiB on 24 GiB: twice the memory',
    { ...holding(), queue: fifty },
    [],
    allFree,
    ['0', '1', '2', '3', '4', '5'],
  ],
  ['while little is really free: the memory once', { ...holding(), queue: fifty }, [], littleFree, ['0', '1', '2']],
  ['what serves already counts', { ...holding(large, large, large, large, large), queue: fifty }, [], allFree, ['0']],
  ['jobs leave less', { ...holding(large), queue: fifty }, [shareOf([large], machine)], littleFree, ['0']],
  [
    'jobs have everything: one endpoint starts all the same',
    { ...holding(), queue: fifty },
    [shareOf(['ml.m5.24xlarge'], machine)],
    littleFree,
    ['0'],
  ],
  [
    'one that is too large holds up nobody',
    { ...holding(large), queue: [applicant('big', ['ml.m5.24xlarge', 'ml.m5.24xlarge']), applicant('small', [large])] },
    [],
    littleFree,
    ['small'],
  ],
  [
    'the update of the only endpoint is never too large',
    { ...holding('ml.m5.24xlarge'), queue: [applicant('held0', ['ml.m5.24xlarge'])] },
    [],
    littleFree,
    ['held0'],
  ],
  [
    'GPUs that the machine does not have: it goes in and is told so',
    { ...holding(large), queue: [applicant('gpu', ['ml.p3.2xlarge'])] },
    [],
    littleFree,
    ['gpu'],
  ],
]

for (const [what, serving, jobs, free, expected] of cases)
  test(`endpoints that start: ${what}`, () =>
    assert.deepEqual(names(servingAdmissions(machine, free, serving, jobs, 0)), expected))

test('a GPU that is taken is waited for, and hosts that are too large share the machine', () => {
  const one: Share = { ...machine, gpus: 1 }
  const taken: Serving = { ...holding(), held: { ...nothing, gpus: 1 }, queue: [applicant('1', ['ml.p3.2xlarge'])] }
  assert.deepEqual(names(servingAdmissions(one, allFree, taken, [], 0)), [])
  const both = { ...holding(), queue: [applicant('1', ['ml.m5.24xlarge', 'ml.m5.24xlarge'])] }
  assert.deepEqual(servingAdmissions(machine, littleFree, both, [], 0).admitted, [{ arn: '1', memoryPart: 0.5 }])
})

test('who has waited half an hour in vain is refused, nobody sooner, and nobody for whom there is room', () => {
  const full = holding(large, large, large)
  const at = longestWaitMs
  const queue = [applicant('old', [large], 0), applicant('young', [large], 1)]
  assert.deepEqual(servingAdmissions(machine, littleFree, { ...full, queue }, [], at), {
    admitted: [],
    refused: ['old'],
  })
  const late = servingAdmissions(machine, littleFree, { ...holding(large), queue }, [], at)
  assert.deepEqual([names(late), late.refused], [['old', 'young'], []])
})

const host = (attempt: number, memoryPart?: number): EndpointHost => ({
  ...{ variant: 'v', index: 0, attempt },
  ...(memoryPart !== undefined && { memoryPart }),
})
const deployment = (type: string, hosts: readonly EndpointHost[], more: Partial<Deployment> = {}): Deployment => ({
  ...{ configName: 'c', variants: [{ name: 'v', instanceType: type } as never], hosts, since: 5 },
  ...more,
})
const row = (arn: string, change: Partial<EndpointRow>): EndpointRow =>
  ({ arn, account: 'a', status: 'InService', lastAttempt: 9, modified: 7, ...change }) as EndpointRow
const held = (...rows: EndpointRow[]) => servingOf(rows, machine).held.memoryBytes / gib

test('what an endpoint holds: what serves and what comes up, a host of both once, and nothing for what waits', () => {
  const live = deployment(large, [host(1, 1), host(2, 1)])
  assert.equal(held(row('1', { live })), 16)
  assert.equal(held(row('1', { live, status: 'Updating', target: deployment('ml.t3.medium', [host(3, 1)]) })), 20)
  assert.equal(held(row('1', { live, status: 'Updating', target: deployment(large, [host(1, 1), host(3, 1)]) })), 24)
  assert.equal(held(row('1', { live, status: 'Updating', target: deployment(large, [host(3)]) })), 16)
  assert.equal(held(row('1', { live, status: 'Deleting' })), 16)
  assert.equal(held(row('1', { live: deployment(large, [host(1)]) })), 8, 'made before endpoints waited')
  assert.equal(held(row('1', { status: 'Creating', target: deployment('ml.m5.24xlarge', [host(1, 0.5)]) })), 12)
})

test('who waits: hosts without capacity of what is made or updated, not of what is deleted or refused', () => {
  const target = deployment(large, [host(3), host(4)])
  const waiting = (change: Partial<EndpointRow>) => servingOf([row('1', change)], machine).queue
  const asks = { arn: '1', account: 'a', since: 5, instanceTypes: [large, large] }
  assert.deepEqual(waiting({ status: 'Creating', target }), [asks])
  const grows = { ...target, hosts: [host(1, 1), host(4)] }
  assert.deepEqual(waiting({ status: 'Updating', target: grows }), [{ ...asks, instanceTypes: [large] }])
  assert.deepEqual(waiting({ status: 'Deleting', target }), [])
  assert.deepEqual(waiting({ status: 'Updating', target: { ...target, noCapacity: true } }), [])
  assert.deepEqual(waiting({ status: 'Updating', target: deployment(large, [host(3, 1)]) }), [])
})

test('accounts take turns: who serves already waits behind who has nothing, and an update counts from when it was asked for', () => {
  const live = deployment(large, [host(1, 1)])
  const rows = [
    row('a1', { live }),
    ...['a2', 'a3'].map(arn => row(arn, { status: 'Creating', target: deployment(large, [host(1)], { since: 1 }) })),
    row('b1', { account: 'b', status: 'Creating', target: deployment(large, [host(1)], { since: 3 }) }),
    row('c1', { account: 'c', live, status: 'Updating', target: deployment(large, [host(2)], { since: 2 }) }),
  ]
  assert.deepEqual(
    servingOf(rows, machine).queue.map(({ arn }) => arn),
    ['b1', 'a2', 'c1', 'a3'],
  )
})

const of = (account: string, ...applicants: readonly ServingApplicant[]) => applicants.map(one => ({ ...one, account }))

test('an account that has taken all keeps nobody from a first endpoint, and has no more itself', () => {
  const full = holding(large, large, large, large, large, large)
  const queue = [
    ...of('a', applicant('a', [large])),
    ...of('b', applicant('b0', [large]), applicant('b1', [large])),
    ...of('c', applicant('c', [large])),
    ...of('d', applicant('d', [large])),
    ...of('e', applicant('e', [large])),
  ]
  const given = (free: number, jobs: readonly Share[] = []) =>
    names(servingAdmissions(machine, free, { ...full, queue }, jobs, 0))
  assert.deepEqual(given(allFree), ['b0', 'c', 'd'], 'the machine’s memory once more is kept for that')
  const littleHeld = { ...holding(large, large, large), queue }
  assert.deepEqual(names(servingAdmissions(machine, littleFree, littleHeld, [], 0)), ['b0', 'c', 'd'])
  const busy = shareOf(['ml.m5.24xlarge'], machine)
  const besideJobs = { ...holding(large), queue: of('b', applicant('b', [large])) }
  assert.deepEqual(names(servingAdmissions(machine, littleFree, besideJobs, [busy], 0)), ['b'])
})

test('whoever has taken what: an account without an endpoint gets its first', () => {
  const type = fc.constantFrom('ml.t3.medium', large, 'ml.c5.xlarge', 'ml.m5.4xlarge', 'ml.r5.24xlarge')
  fc.assert(
    fc.property(fc.array(type, { maxLength: 60 }), type, (asked, wanted) => {
      const taken = asked.map((one, index) => applicant(String(index), [one]))
      const first = servingAdmissions(machine, allFree, { ...holding(), queue: taken }, [], 0).admitted
      const types = first.flatMap(({ arn }) => asked[Number(arn)] ?? [])
      const late = { ...holding(...types), queue: of('b', applicant('late', [wanted])) }
      assert.deepEqual(names(servingAdmissions(machine, allFree, late, [], 0)), ['late'])
    }),
  )
})

test('whatever asks: no more memory is given than there is room, but to one that is alone', () => {
  const type = fc.constantFrom('ml.t3.medium', large, 'ml.c5.xlarge', 'ml.m5.4xlarge', 'ml.r5.24xlarge')
  const types = fc.array(type, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(
      fc.array(types, { maxLength: 20 }),
      fc.array(type, { maxLength: 5 }),
      fc.array(type, { maxLength: 5 }),
      fc.integer({ min: 0, max: allFree }),
      (asked, serving, running, free) => {
        const queue = asked.map((one, index) => applicant(String(index), one))
        const given = servingAdmissions(
          machine,
          free,
          { ...holding(...serving), queue },
          [shareOf(running, machine)],
          0,
        )
        const bytes = given.admitted.map(
          ({ arn, memoryPart }) => shareOf(asked[Number(arn)] ?? [], machine, memoryPart).memoryBytes,
        )
        const all = bytes.reduce((sum, one) => sum + one, 0) + shareOf(serving, machine).memoryBytes
        const alone = serving.length === 0 && given.admitted.length === 1
        assert.ok(given.admitted.length === 0 || alone || all <= 2 * machine.memoryBytes + 1)
        if (serving.length === 0 && asked.length > 0) assert.ok(given.admitted.length > 0)
      },
    ),
  )
})
