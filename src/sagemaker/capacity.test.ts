import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { admissions, type Share, shareOf, total } from './capacity.ts'

const gib = 1024 ** 3
const machine: Share = { cpus: 16, memoryBytes: 32 * gib, gpus: 0 }
const nothing: Share = { cpus: 0, memoryBytes: 0, gpus: 0 }
const job = (arn: string, ...instanceTypes: string[]) => ({ arn, instanceTypes })
const names = (admitted: readonly { arn: string }[]) => admitted.map(({ arn }) => arn)

test('jobs go in as long as they fit, in order, and none overtakes', () => {
  const queue = [job('1', 'ml.m5.large'), job('2', 'ml.m5.4xlarge'), job('3', 'ml.m5.large')]
  assert.deepEqual(admissions(machine, nothing, false, queue), [{ arn: '1', memoryPart: 1 }])
  const after = admissions(machine, shareOf(['ml.m5.large'], machine), true, queue.slice(1))
  assert.deepEqual(after, [], 'the small one waits behind the large one')
  assert.deepEqual(names(admissions(machine, nothing, false, queue.slice(1))), ['2'])
})

test('a job larger than the machine gets all of it, when no other runs', () => {
  const large = [job('1', 'ml.m5.24xlarge')]
  assert.deepEqual(admissions(machine, nothing, false, large), [{ arn: '1', memoryPart: 1 }])
  assert.deepEqual(admissions(machine, shareOf(['ml.m5.large'], machine), true, large), [])
})

test('hosts of one job that are too many for the machine share its memory', () => {
  const types = Array.from({ length: 8 }, () => 'ml.m5.large')
  const [admitted] = admissions(machine, nothing, false, [job('1', ...types)])
  assert.equal(admitted?.memoryPart, 0.5)
  assert.equal(shareOf(types, machine, 0.5).memoryBytes, machine.memoryBytes)
})

test('endpoints never keep jobs out for good: one runs on what they leave', () => {
  const endpoints = shareOf(['ml.m5.xlarge', 'ml.m5.large'], machine)
  const [beside] = admissions(machine, endpoints, false, [job('1', 'ml.m5.xlarge'), job('2', 'ml.m5.xlarge')])
  assert.deepEqual(beside, { arn: '1', memoryPart: 0.5 })
  const full = shareOf(['ml.m5.4xlarge'], machine)
  assert.deepEqual(admissions(machine, full, false, [job('1', 'ml.m5.xlarge')]), [{ arn: '1', memoryPart: 0.5 }])
  assert.deepEqual(admissions(machine, full, true, [job('1', 'ml.m5.xlarge')]), [])
})

test('who needs GPUs that there are not goes in to be told so; who needs one that is taken waits', () => {
  const queue = [job('1', 'ml.p3.2xlarge'), job('2', 'ml.m5.large')]
  assert.deepEqual(names(admissions(machine, nothing, false, queue)), ['1', '2'])
  const one: Share = { ...machine, gpus: 1 }
  assert.deepEqual(names(admissions(one, { ...nothing, gpus: 1 }, false, queue)), [])
})

test('whatever the queue: memory is never given twice, the order is kept, and an idle machine starts somebody', () => {
  const type = fc.constantFrom('ml.t3.medium', 'ml.m5.large', 'ml.c5.xlarge', 'ml.m5.4xlarge', 'ml.r5.24xlarge')
  const jobs = fc.array(fc.array(type, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(jobs, fc.array(type, { maxLength: 3 }), fc.boolean(), (queued, running, busy) => {
      const queue = queued.map((types, index) => job(String(index), ...types))
      const held = shareOf(running, machine)
      const admitted = admissions(machine, held, busy, queue)
      assert.deepEqual(names(admitted), names(queue.slice(0, admitted.length)))
      if (!busy) assert.ok(admitted.length > 0)
      const given = admitted.map(({ memoryPart }, index) =>
        shareOf(queue[index]?.instanceTypes ?? [], machine, memoryPart),
      )
      const most = Math.max(machine.memoryBytes - held.memoryBytes, busy ? 0 : machine.memoryBytes / 4)
      assert.ok(total(given).memoryBytes <= most + 1, `${total(given).memoryBytes} of ${most}`)
    }),
  )
})
