import assert from 'node:assert/strict'
import { test } from 'node:test'
import { POD_NOTE, podLabels, podName } from './pod-name.ts'
import type { PodNotes } from './pod-notes.ts'
import { hostsFile, peersOf } from './pod-peers.ts'
import { MAIN } from './pod-state.ts'
import type { Pod, PodStatus } from './pod-types.ts'

const arn = 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a'
const notes: PodNotes = {
  ...{ key: { arn, attempt: 1, host: 'algo-1' }, network: 'internal', brings: [] },
  peers: ['algo-1', 'algo-2', 'algo-3'],
}
const pod = (host: string, status: PodStatus): Pod => {
  const key = { arn, attempt: 1, host }
  return {
    metadata: {
      ...{ name: podName('one', key), labels: podLabels('one', key) },
      annotations: {
        ...{ [POD_NOTE.installation]: 'one', [POD_NOTE.arn]: arn, [POD_NOTE.host]: host },
      },
    },
    status,
  }
}
const running = (podIP: string): PodStatus => ({ podIP, containerStatuses: [{ name: MAIN, state: { running: {} } }] })
const ended = (podIP: string): PodStatus => ({
  ...{ podIP, containerStatuses: [{ name: MAIN, state: { terminated: { exitCode: 0 } } }] },
})
const first = pod('algo-1', running('10.0.0.1'))
const peersAmong = (...pods: Pod[]) => {
  const named = new Map(pods.map(one => [one.metadata.name, one]))
  return peersOf('one', notes, async name => named.get(name))
}

test('peers are the other hosts of the job, complete when all have an address', async () => {
  const some = await peersAmong(first, pod('algo-2', running('10.0.0.2')), pod('algo-3', {}))
  assert.deepEqual([[...some.addresses], some.complete], [[['algo-2', '10.0.0.2']], false])
  const all = await peersAmong(first, pod('algo-2', running('10.0.0.2')), pod('algo-3', running('10.0.0.3')))
  assert.deepEqual([all.admitted, all.complete], [['10.0.0.2', '10.0.0.3'], true])
})

test('one that has ended has a name, and is no more let in', async () => {
  const peers = await peersAmong(first, pod('algo-2', ended('10.0.0.2')), pod('algo-3', running('10.0.0.3')))
  assert.deepEqual([peers.admitted, peers.complete], [['10.0.0.3'], true])
  assert.equal(
    hostsFile(notes, first, peers),
    '127.0.0.1 localhost\n10.0.0.1 algo-1\n10.0.0.2 algo-2\n10.0.0.3 algo-3\n',
  )
})

test('one whose Pod is gone is nobody', async () => {
  const peers = await peersAmong(first, pod('algo-3', running('10.0.0.3')))
  assert.deepEqual([[...peers.addresses.keys()], peers.admitted], [['algo-3'], ['10.0.0.3']])
})

test('without a network a host knows itself by its loopback', async () => {
  const alone = { addresses: new Map(), admitted: [], complete: true }
  assert.equal(
    hostsFile({ ...notes, network: 'none' }, pod('algo-1', running('10.0.0.1')), alone),
    '127.0.0.1 localhost\n127.0.0.1 algo-1\n',
  )
})
