import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointRow } from '../serving/endpoint.ts'
import { decideCapacity } from './capacity-decision.ts'
import type { CapacityJob } from './capacity-rows.ts'
import { longestWaitMs } from './longest-wait.ts'

const gib = 1024 ** 3
/** Room for eight `ml.m5.large`, and for two while little memory is really free. */
const machine = { cpus: 4, memoryBytes: 16 * gib, gpus: 0 }
const at = 1_000_000

const training = (arn: string, change: object = {}): CapacityJob => ({
  kind: 'training-job',
  row: {
    ...{ arn, account: 'a', status: 'InProgress' },
    request: { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 } },
    ...change,
  } as never,
})
const transform = (arn: string, change: object = {}): CapacityJob => ({
  kind: 'transform-job',
  row: {
    ...{ arn, account: 'a', status: 'InProgress' },
    request: { TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 2 } },
    ...change,
  } as never,
})
/** So many hosts that serve, and so many that wait to be let in since a time. */
const endpoint = (arn: string, serving: number, asking = 0, since = at): EndpointRow => {
  const variants = [{ name: 'v', instanceType: 'ml.m5.large' }]
  const hosts = (count: number, part?: number) =>
    Array.from({ length: count }, (_, index) => ({ ...{ variant: 'v', index, attempt: index }, memoryPart: part }))
  return {
    ...{ arn, account: 'a', status: asking > 0 ? 'Updating' : 'InService', modified: at },
    ...(serving > 0 && { live: { configName: 'c', variants, hosts: hosts(serving, 1) } }),
    ...(asking > 0 && { target: { configName: 'c', variants, hosts: hosts(asking), since } }),
  } as never
}
const admission = { at, memoryPart: 1 }
const many = (count: number, change: object = {}) =>
  Array.from({ length: count }, (_, place) => training(`t${place}`, change))
const large = { request: { ResourceConfig: { InstanceType: 'ml.m5.24xlarge', InstanceCount: 1 } } }

interface Case {
  readonly what: string
  readonly jobs: readonly CapacityJob[]
  readonly endpoints?: readonly EndpointRow[]
  readonly freeBytes?: number
  readonly admit: readonly string[]
  readonly wait?: readonly string[]
  readonly serve?: readonly string[]
  readonly refuse?: readonly string[]
  /** Somebody waits besides jobs. */
  readonly waits?: boolean
}

const cases: readonly Case[] = [
  { what: 'nobody waits', jobs: [training('t', { admission })], admit: [] },
  { what: 'two jobs and room for both', jobs: [training('t'), transform('f')], admit: ['t', 'f'] },
  { what: 'more jobs than room', jobs: many(9), admit: many(8).map(({ row }) => row.arn), wait: ['t8'] },
  { what: 'little memory is free', jobs: many(3), freeBytes: 0, admit: ['t0', 't1'], wait: ['t2'] },
  {
    what: 'both hosts of a transform job count',
    jobs: [transform('f'), training('t')],
    freeBytes: 0,
    admit: ['f'],
    wait: ['t'],
  },
  {
    what: 'a running job holds its part',
    jobs: [transform('f', { admission }), training('t')],
    freeBytes: 0,
    admit: [],
    wait: ['t'],
  },
  {
    what: 'one that saves what it left holds nothing',
    jobs: [training('t', { admission, containersEnd: at }), transform('f')],
    freeBytes: 0,
    admit: ['f'],
  },
  { what: 'one that stops before it went in', jobs: [training('t', { status: 'Stopping' })], admit: [] },
  {
    what: 'endpoints leave half of the machine',
    jobs: many(6),
    endpoints: [endpoint('e', 4)],
    admit: ['t0', 't1', 't2', 't3'],
    wait: ['t4', 't5'],
  },
  {
    what: 'an endpoint and a job, side by side',
    jobs: many(1),
    endpoints: [endpoint('e', 0, 1)],
    admit: ['t0'],
    serve: ['e'],
  },
  {
    what: 'an endpoint without room',
    jobs: [],
    endpoints: [endpoint('e', 2), endpoint('f', 0, 1)],
    freeBytes: 0,
    admit: [],
    waits: true,
  },
  {
    what: 'an endpoint that has waited too long',
    jobs: [],
    endpoints: [endpoint('e', 2), endpoint('f', 0, 1, at - longestWaitMs)],
    freeBytes: 0,
    admit: [],
    refuse: ['f'],
  },
  {
    what: 'an account that asked later for its first job',
    jobs: [...many(3), training('b', { account: 'b' })],
    freeBytes: 0,
    admit: ['t0', 'b'],
    wait: ['t1', 't2'],
  },
  { what: 'one larger than the machine, alone', jobs: [training('t', large)], admit: ['t'] },
]

const arnOf = ({ row }: CapacityJob) => row.arn

for (const { what, jobs, endpoints = [], freeBytes = machine.memoryBytes, ...expected } of cases)
  test(`${what}: ${expected.admit.length} go in`, () => {
    const { admit, wait, serve, refuse, after } = decideCapacity({ jobs, endpoints }, { machine, freeBytes }, at)
    assert.deepEqual(
      {
        admit: admit.map(({ job }) => arnOf(job)),
        wait: wait.map(arnOf),
        serve: serve.map(({ arn }) => arn),
        refuse,
        waits: after !== undefined,
      },
      {
        ...{ wait: [], serve: [], refuse: [], waits: (expected.wait ?? []).length > 0 },
        ...expected,
      },
    )
    assert.ok(admit.every(({ admission: given }) => given.at === at && given.memoryPart === 1))
  })
