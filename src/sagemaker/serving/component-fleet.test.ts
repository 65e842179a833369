import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roomsOf } from './component-fleet.ts'
import { needOf } from './component-version.ts'
import type { EndpointRow } from './endpoint.ts'

const gib = 1024 ** 3

const endpoint = (instanceType: string, memoryPart?: number) =>
  ({
    live: {
      variants: [{ name: 'all', instanceType }],
      hosts: [
        { variant: 'all', index: 0, attempt: 3, ...(memoryPart !== undefined && { memoryPart }) },
        { variant: 'other', index: 0, attempt: 4 },
      ],
    },
  }) as unknown as EndpointRow

test('an instance has what its type says, and no more memory than the machine has given it', () => {
  const large = { memoryBytes: 64 * gib }
  assert.deepEqual(roomsOf(endpoint('ml.m5.large'), 'all', large), [{ host: 3, cpus: 2, memoryMb: 8192, gpus: 0 }])
  assert.deepEqual(roomsOf(endpoint('ml.m5.large', 0.5), 'all', large)[0]?.memoryMb, 4096)
  assert.deepEqual(roomsOf(endpoint('ml.m5.24xlarge'), 'all', { memoryBytes: 24 * gib })[0]?.memoryMb, 24 * 1024)
  assert.deepEqual(roomsOf(endpoint('ml.m5.large'), 'none', large), [])
})

test('a copy holds the most memory that it may take, which is the least where no more is said', () => {
  const needs = (ComputeResourceRequirements: object) =>
    needOf({
      specification: { ComputeResourceRequirements: { MinMemoryRequiredInMb: 128, ...ComputeResourceRequirements } },
    })
  assert.deepEqual(needs({}), { cpus: 0, memoryMb: 128, gpus: 0 })
  assert.deepEqual(needs({ MaxMemoryRequiredInMb: 4096, NumberOfCpuCoresRequired: 0.5 }), {
    ...{ cpus: 0.5, memoryMb: 4096, gpus: 0 },
  })
})
