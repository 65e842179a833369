import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  admissions,
  budgetOf,
  freeForJobs,
  type Held,
  inTurn,
  type Machine,
  type Share,
  shareOf,
  total,
} from './capacity.ts'

const gib = 1024 ** 3
const machine: Share = { cpus: 4, memoryBytes: 16 * gib, gpus: 0 }
const idle: Held = { endpoints: { cpus: 0, memoryBytes: 0, gpus: 0 }, jobs: [] }
const running = (...types: string[]): Held => ({ ...idle, jobs: types.map(type => shareOf([type], machine)) })
const job = (arn: string, ...instanceTypes: string[]) => ({ arn, instanceTypes })
const names = (admitted: readonly { arn: string }[]) => admitted.map(({ arn }) => arn)
const allFree = machine.memoryBytes
const littleFree = machine.memoryBytes / 4

test('jobs go in as long as they fit, in order, and none overtakes', () => {
  const small = Array.from({ length: 10 }, (_, index) => job(String(index), 'ml.m5.large'))
  assert.deepEqual(names(admissions(machine, allFree, idle, small)), ['0', '1', '2', '3', '4', '5', '6', '7'])
  assert.deepEqual(names(admissions(machine, littleFree, idle, small)), ['0', '1'])
  const queue = [job('large', 'ml.m5.4xlarge'), job('small', 'ml.m5.large')]
  const most = running(...Array.from({ length: 7 }, () => 'ml.m5.large'))
  assert.deepEqual(admissions(machine, allFree, most, queue), [], 'the small one waits behind the large one')
  assert.deepEqual(names(admissions(machine, allFree, most, queue.slice(1))), ['small'])
})

test('a job larger than the machine gets all of it', () => {
  const large = [job('1', 'ml.m5.24xlarge')]
  assert.deepEqual(admissions(machine, littleFree, idle, large), [{ arn: '1', memoryPart: 1 }])
  assert.deepEqual(admissions(machine, littleFree, running('ml.m5.large'), large), [])
})

test('machines that schedule by themselves are given what they have together, and nothing twice', () => {
  const nodes: Machine = { ...machine, together: { cpus: 40, memoryBytes: 160 * gib, gpus: 2 } }
  const small = Array.from({ length: 50 }, (_, index) => job(String(index), 'ml.m5.large'))
  for (const free of [allFree, littleFree]) assert.equal(admissions(nodes, free, idle, small).length, 20)
  const cluster = Array.from({ length: 4 }, () => 'ml.m5.large')
  assert.deepEqual(admissions(nodes, littleFree, idle, [job('1', ...cluster)]), [{ arn: '1', memoryPart: 1 }])
  const pair = job('pair', 'ml.g4dn.xlarge', 'ml.g4dn.xlarge')
  assert.deepEqual(names(admissions({ ...nodes, gpus: 1 }, allFree, running('ml.m5.large'), [pair])), ['pair'])
})

test('hosts of one job that are too many for the machine share its memory', () => {
  const types = Array.from({ length: 4 }, () => 'ml.m5.large')
  assert.deepEqual(admissions(machine, allFree, idle, [job('1', ...types)]), [{ arn: '1', memoryPart: 0.5 }])
  assert.equal(shareOf(types, machine, 0.5).memoryBytes, machine.memoryBytes)
})

test('endpoints leave half of the machine to jobs, and one job always runs', () => {
  const queue = Array.from({ length: 10 }, (_, index) => job(String(index), 'ml.m5.large'))
  const endpoints = shareOf(
    Array.from({ length: 20 }, () => 'ml.m5.large'),
    machine,
  )
  assert.deepEqual(names(admissions(machine, allFree, { ...idle, endpoints }, queue)), ['0', '1', '2', '3'])
  assert.deepEqual(names(admissions(machine, littleFree, { ...idle, endpoints }, queue)), ['0'])
})

test('who needs GPUs that there are not goes in to be told so; who needs one that is taken waits', () => {
  const queue = [job('1', 'ml.p3.2xlarge'), job('2', 'ml.m5.large')]
  assert.deepEqual(names(admissions(machine, allFree, idle, queue)), ['1', '2'])
  const one: Share = { ...machine, gpus: 1 }
  const taken = { ...idle, endpoints: { cpus: 0, memoryBytes: 0, gpus: 1 } }
  assert.deepEqual(names(admissions(one, allFree, taken, queue)), [])
})

test('whatever the queue: no more than the budget is given, the order is kept, and an idle machine starts somebody', () => {
  const type = fc.constantFrom('ml.t3.medium', 'ml.m5.large', 'ml.c5.xlarge', 'ml.m5.4xlarge', 'ml.r5.24xlarge')
  const jobs = fc.array(fc.array(type, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 30 })
  const bytes = fc.integer({ min: 0, max: machine.memoryBytes })
  fc.assert(
    fc.property(
      jobs,
      fc.array(type, { maxLength: 20 }),
      fc.array(type, { maxLength: 4 }),
      bytes,
      (queued, serving, busy, free) => {
        const queue = queued.map((types, index) => job(String(index), ...types))
        const held = { ...running(...busy), endpoints: shareOf(serving, machine) }
        const admitted = admissions(machine, free, held, queue)
        assert.deepEqual(names(admitted), names(queue.slice(0, admitted.length)))
        if (busy.length === 0) assert.ok(admitted.length > 0)
        const given = total(
          admitted.map(({ memoryPart }, index) => shareOf(queue[index]?.instanceTypes ?? [], machine, memoryPart)),
        )
        const room = freeForJobs(budgetOf(machine, free), held)
        const alone = busy.length === 0 && admitted.length === 1
        assert.ok(alone || admitted.length === 0 || given.memoryBytes <= room.memoryBytes + 1)
        assert.ok(alone || admitted.length === 0 || given.cpus <= room.cpus)
        assert.ok(admitted.every(({ memoryPart }) => memoryPart > 0 && memoryPart <= 1))
      },
    ),
  )
})

test('accounts take turns: who asked for a hundred jobs makes nobody wait for them all', () => {
  const of = (account: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ account, arn: `${account}${index}` }))
  const queue = [...of('a', 100), ...of('b', 1), ...of('c', 2)]
  assert.deepEqual(names(inTurn([], queue)).slice(0, 6), ['a0', 'b0', 'c0', 'a1', 'c1', 'a2'])
  assert.deepEqual(names(inTurn(['a', 'a', 'c'], queue)).slice(0, 4), ['b0', 'c0', 'a0', 'c1'])
})

test('turns lose nobody, keep the order of each account, and give none a second turn before every other has had the first', () => {
  const account = fc.constantFrom('a', 'b', 'c', 'd')
  fc.assert(
    fc.property(fc.array(account, { maxLength: 20 }), fc.array(account, { maxLength: 5 }), (accounts, running) => {
      const queue = accounts.map((owner, place) => ({ account: owner, place }))
      const turns = inTurn(running, queue)
      assert.deepEqual(
        turns.map(({ place }) => place).toSorted((x, y) => x - y),
        queue.map(({ place }) => place),
      )
      for (const owner of new Set(accounts)) {
        const places = turns.filter(job => job.account === owner).map(({ place }) => place)
        assert.deepEqual(
          places,
          places.toSorted((x, y) => x - y),
        )
      }
      const having = new Map<string, number>()
      for (const owner of running) having.set(owner, (having.get(owner) ?? 0) + 1)
      turns.forEach((job, index) => {
        const mine = having.get(job.account) ?? 0
        for (const other of new Set(turns.slice(index).map(later => later.account)))
          assert.ok(mine <= (having.get(other) ?? 0))
        having.set(job.account, mine + 1)
      })
    }),
  )
})
