import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { clusterApi } from './cluster-api.fixture.ts'
import { podEvents } from './pod-events.ts'
import { POD_NOTE, podLabels, podName } from './pod-name.ts'

const podOf = (name: string, resourceVersion: string, installation = 'one') => {
  const key = { arn: `arn:${name}`, attempt: 1, host: 'algo-1' }
  const annotations = {
    [POD_NOTE.installation]: installation,
    [POD_NOTE.arn]: key.arn,
    [POD_NOTE.host]: key.host,
  }
  return {
    metadata: { name: podName(installation, key), labels: podLabels(installation, key), annotations, resourceVersion },
  }
}

/** A cluster whose Pods and watches a test has in hand. */
const openEvents = async () => {
  let items: unknown[] = []
  const watches: ServerResponse[] = []
  let watched = Promise.withResolvers<ServerResponse>()
  const api = await clusterApi(({ query }, response) => {
    if (!query.watch) return { metadata: { resourceVersion: '7' }, items }
    response.writeHead(200).flushHeaders()
    watches.push(response)
    watched.resolve(response)
    watched = Promise.withResolvers()
    return undefined
  })
  const abort = new AbortController()
  const events = podEvents(api.client, 'one', abort.signal)
  const next = async () => (await events.next()).value
  return {
    next,
    set items(now: unknown[]) {
      items = now
    },
    nextWatch: () => watched.promise,
    tell: (watch: ServerResponse, type: string, object: unknown) =>
      watch.write(`${JSON.stringify({ type, object })}\n`),
    async close() {
      abort.abort()
      await events.return(undefined)
      await api.close()
    },
  }
}

test('first of all anything may have changed, then the workload of each Pod that changes is told', async () => {
  const cluster = await openEvents()
  try {
    const watching = cluster.nextWatch()
    assert.equal(await cluster.next(), undefined)
    const heard = cluster.next()
    const watch = await watching
    cluster.tell(watch, 'ADDED', podOf('neighbour', '8', 'two'))
    cluster.tell(watch, 'BOOKMARK', { metadata: { name: '', resourceVersion: '9' } })
    cluster.tell(watch, 'ADDED', podOf('a', '8'))
    assert.equal(await heard, 'arn:a')
    cluster.tell(watch, 'DELETED', podOf('b', '9'))
    assert.equal(await cluster.next(), 'arn:b')
  } finally {
    await cluster.close()
  }
})

test('what a watch did not tell is found when it ends: what is new, what is other and what is gone', async () => {
  const cluster = await openEvents()
  try {
    cluster.items = [podOf('same', '1'), podOf('other', '2'), podOf('gone', '3')]
    const watching = cluster.nextWatch()
    assert.equal(await cluster.next(), undefined)
    const heard = cluster.next()
    const watch = await watching
    cluster.items = [podOf('same', '1'), podOf('other', '4'), podOf('new', '5')]
    watch.end()
    assert.deepEqual([await heard, await cluster.next(), await cluster.next()].sort(), [
      'arn:gone',
      'arn:new',
      'arn:other',
    ])
  } finally {
    await cluster.close()
  }
})

test('a watch that says it is too old is left for a list', async () => {
  const cluster = await openEvents()
  try {
    const watching = cluster.nextWatch()
    await cluster.next()
    const heard = cluster.next()
    cluster.items = [podOf('new', '5')]
    cluster.tell(await watching, 'ERROR', { code: 410, reason: 'Expired' })
    assert.equal(await heard, 'arn:new')
  } finally {
    await cluster.close()
  }
})
