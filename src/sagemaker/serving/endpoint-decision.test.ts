import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerState } from '../../driver/driver.ts'
import type { Deployment, EndpointHost, EndpointRow } from './endpoint.ts'
import { decideEndpoint } from './endpoint-decision.ts'

const host = (attempt: number): EndpointHost => ({ variant: 'v', index: attempt - 1, attempt })
const live: Deployment = { configName: 'c', variants: [], hosts: [host(1), host(2)] }
const waiting: Deployment = { ...live, hosts: [host(3)] }
const target: Deployment = { ...live, hosts: [{ ...host(3), memoryPart: 1 }] }
const rolling: Deployment = { ...target, hosts: [...target.hosts, host(4)], traffic: { stage: 0, since: 1 } }
const refused: Deployment = { ...waiting, noCapacity: true }
const row = (change: Partial<EndpointRow>) =>
  ({ arn: 'a', status: 'InService', live, lastAttempt: 2, ...change }) as never

const state = (attempt: number, status: ContainerState['status']): ContainerState => ({
  key: { arn: 'a', attempt, host: 'v-1' },
  status,
})
const observe = (states: Readonly<Record<number, readonly ContainerState['status'][]>>, more: number[] = []) => ({
  containers: ({ attempt }: EndpointHost) => states[attempt]?.map(one => state(attempt, one)) ?? [undefined],
  attempts: [...Object.keys(states).map(Number), ...more],
})
const both = observe({ 1: ['running'], 2: ['running'] })

const cases = [
  ['one that was removed', undefined, both, { do: 'clean up' }],
  ['one that is deleted while it comes up', row({ status: 'Deleting', target }), both, { do: 'take down' }],
  [
    'one that comes up',
    row({ status: 'Creating', live: undefined, target }),
    observe({}, [3]),
    { do: 'deploy', target, superfluous: [] },
  ],
  ['one that is updated', row({ status: 'Updating', target }), both, { do: 'deploy', target, superfluous: [] }],
  ['one that waits for capacity', row({ status: 'Creating', live: undefined, target: waiting }), both, { do: 'wait' }],
  [
    'one that waits and is deleted',
    row({ status: 'Deleting', live: undefined, target: waiting }),
    both,
    { do: 'take down' },
  ],
  [
    'one of which a further host waits for capacity',
    row({ status: 'Creating', live: undefined, target: { ...target, hosts: [...target.hosts, host(4)] } }),
    both,
    { do: 'wait' },
  ],
  [
    'one for which no capacity came',
    row({ status: 'Creating', live: undefined, target: refused }),
    both,
    { do: 'refuse', target: refused },
  ],
  [
    'one whose update got no capacity',
    row({ status: 'Updating', target: refused }),
    both,
    { do: 'refuse', target: refused },
  ],
  [
    'one of whose fleet some has come and more waits',
    row({ status: 'Updating', target: rolling }),
    observe({ 1: ['running'], 2: ['running'] }, [3, 9]),
    { do: 'deploy', target: rolling, superfluous: [9] },
  ],
  [
    'one that serves while its update waits for capacity',
    row({ status: 'Updating', target: waiting }),
    both,
    { do: 'keep up', live, superfluous: [] },
  ],
  [
    'one that loses a host while its update waits for capacity',
    row({ status: 'Updating', target: waiting }),
    observe({ 1: ['running'] }),
    { do: 'begin anew', dead: [host(2)], superfluous: [] },
  ],
  ['one that has failed', row({ status: 'Failed', live: undefined }), both, { do: 'clean up' }],
  ['one that serves', row({}), both, { do: 'keep up', live, superfluous: [] }],
  [
    'one that serves, with hosts of what served before',
    row({}),
    observe({ 1: ['running'], 2: ['running'] }, [7, 7]),
    { do: 'keep up', live, superfluous: [7] },
  ],
  [
    'one of which a host has ended',
    row({}),
    observe({ 1: ['running'], 2: ['exited'] }),
    { do: 'begin anew', dead: [host(2)], superfluous: [] },
  ],
  [
    'one of which a host is gone',
    row({}),
    observe({ 1: ['running'] }),
    { do: 'begin anew', dead: [host(2)], superfluous: [] },
  ],
  [
    'one of which a second container has ended',
    row({}),
    observe({ 1: ['running', 'exited'], 2: ['running', 'running'] }),
    { do: 'begin anew', dead: [host(1)], superfluous: [] },
  ],
] as const

for (const [what, given, observed, step] of cases)
  test(`${what}: ${step.do}`, () => assert.deepEqual(decideEndpoint(given, observed), step))
