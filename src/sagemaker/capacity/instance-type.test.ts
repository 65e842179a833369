import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineInfo } from '../../driver/driver.ts'
import { instanceType, limitsFor } from './instance-type.ts'

const gib = 1024 ** 3
const machine: EngineInfo = { engine: 'docker', version: '25.0.0', cpus: 64, memoryBytes: 512 * gib, gpus: 0 }

test('types with GPUs are known with their number and memory', () => {
  const gpusOf = (name: string) => [instanceType(name)?.gpus, instanceType(name)?.gpuMemoryGiB]
  assert.deepEqual(gpusOf('ml.g4dn.xlarge'), [1, 16])
  assert.deepEqual(gpusOf('ml.g5.12xlarge'), [4, 24])
  assert.deepEqual(gpusOf('ml.p4d.24xlarge'), [8, 40])
  assert.deepEqual(gpusOf('ml.p3.2xlarge'), [1, 16])
  assert.deepEqual(gpusOf('ml.m5.large'), [0, undefined])
})

test('a machine that cannot give a type its GPUs says what it has, and what would help', () => {
  assert.throws(
    () => limitsFor('ml.g5.xlarge', machine),
    /^Error: The instance type ml\.g5\.xlarge has 1 GPU\(s\), but this machine's container engine offers 0\.$/,
  )
  const gpuProblem = 'Docker has no runtime called nvidia'
  assert.throws(
    () => limitsFor('ml.g5.xlarge', { ...machine, gpuProblem }),
    /offers 0\. Docker has no runtime called nvidia\.$/,
  )
})

test('smaller GPUs than the type’s are given, and told', () => {
  const has = (gpuMemoryBytes: number) => limitsFor('ml.g5.xlarge', { ...machine, gpus: 2, gpuMemoryBytes })
  assert.equal(has(16 * gib).note, "ml.g5.xlarge has GPUs of 24 GiB; this machine's have 16.0 GiB.")
  assert.equal(has(16 * gib).limits.gpus, 1)
  assert.equal(has(23 * gib).note, undefined, 'drivers keep some for themselves')
})
