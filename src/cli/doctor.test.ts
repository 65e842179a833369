import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineInfo } from '../driver/driver.ts'
import { gpu } from './doctor.ts'

const info: EngineInfo = { engine: 'docker', version: '25.0.0', cpus: 2, memoryBytes: 1, gpus: 0 }

test('doctor tells GPUs with their memory, and fails only where there are some that containers cannot have', () => {
  assert.deepEqual(gpu(info), { what: 'gpu', good: true, detail: 'none; GPU instance types are refused' })
  assert.equal(gpu({ ...info, gpus: 2, gpuMemoryBytes: 16 * 1024 ** 3 }).detail, '2 of 16.0 GiB and more')
  assert.equal(gpu({ ...info, gpus: 1 }).detail, '1')
  const amiss = gpu({ ...info, gpuProblem: 'Docker has no runtime called nvidia' })
  assert.deepEqual([amiss.good, amiss.remedy], [false, 'Docker has no runtime called nvidia.'])
})
