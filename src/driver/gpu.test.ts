import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freeGpus, gpuProblem, gpuRequest, memoriesOf } from './gpu.ts'

const gpus = [{ id: '0' }, { id: '1' }, { id: '2' }]

test('instances get GPUs that nobody has, and the containers of one instance share them', () => {
  assert.deepEqual(freeGpus(gpus, [], 'a', 2), ['0', '1'])
  const holders = [{ instance: 'a', ids: ['0', '2'] }]
  assert.deepEqual(freeGpus(gpus, holders, 'b', 1), ['1'])
  assert.deepEqual(freeGpus(gpus, holders, 'a', 2), ['0', '2'])
  assert.equal(freeGpus(gpus, holders, 'b', 2), undefined)
})

test('an engine that would leave GPUs out without a word is said to have none, and why', () => {
  const docker = { engine: 'docker', version: '20.10.24', runtimes: ['runc'] } as const
  assert.match(gpuProblem(docker) ?? '', /install nvidia-container-toolkit/)
  assert.equal(gpuProblem({ ...docker, runtimes: ['nvidia', 'runc'] }), undefined)
  const podman = (version: string) => gpuProblem({ engine: 'podman', version, runtimes: ['nvidia'] })
  for (const version of ['4.3.1', '5.3.9'])
    assert.match(podman(version) ?? '', /gives containers no GPU by its API: 5\.4/)
  for (const version of ['5.4.0', '6.0.0']) assert.equal(podman(version), undefined)
})

test('each engine is asked for single devices in its own words', () => {
  assert.deepEqual(gpuRequest('docker', ['1']), {
    ...{ Driver: '', DeviceIDs: ['1'], Capabilities: [['gpu', 'compute', 'utility']] },
  })
  assert.deepEqual(gpuRequest('podman', ['0', '1']), {
    Driver: 'cdi',
    DeviceIDs: ['nvidia.com/gpu=0', 'nvidia.com/gpu=1'],
  })
})

test('the memory of GPUs is read from nvidia-smi', () => {
  const told = memoriesOf('0, 15360\n1, 81559\nNo devices were found\n')
  assert.deepEqual(
    [...told],
    [
      ['0', 15360 * 1024 ** 2],
      ['1', 81559 * 1024 ** 2],
    ],
  )
})
