import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { AGENT_PORT, podSecret, SEALED } from './agent-wire.ts'
import { packChanges, pathsOf } from './mount-files.ts'
import { createPodFollowers } from './pod-follower.ts'
import { POD_NOTE, podLabels, podName } from './pod-name.ts'
import { type Collected, createPodSeal, type PodNotes } from './pod-notes.ts'
import { AGENT, MAIN } from './pod-state.ts'
import type { Pod, PodStatus } from './pod-types.ts'

const secret = randomBytes(32)
const seal = createPodSeal(secret)
const key = { arn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a', attempt: 1, host: 'algo-1' }
const name = podName('one', key)
const running = { running: { startedAt: '2026-11-30T08:00:00Z' } }
const ended = { terminated: { exitCode: 0 } }

/** What stands where the agent of a Pod does, and knows the same key: its answers, and what it was asked. */
const openAgent = async (context: TestContext, directory: string, answers: Readonly<Record<string, unknown>>) => {
  const address = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
  const asked: string[] = []
  const server = createServer(
    { ...SEALED, pskCallback: () => Buffer.from(podSecret(secret, 'agent', name), 'hex'), pskIdentityHint: name },
    async (request, response) => {
      const { pathname, search } = new URL(request.url ?? '/', 'https://x')
      asked.push(pathname + (pathname === '/collected' ? search : ''))
      if (pathname === '/peers') asked.push(String(request.headers['x-peers']))
      if (pathname !== '/mount') return response.end(JSON.stringify(answers[pathname] ?? (await pathsOf(directory))))
      response.writeHead(200, { 'x-mark': '1' })
      await packChanges(directory, 0, response)
    },
  ).listen(AGENT_PORT, address)
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address, asked }
}

/** Follows one Pod; `noted` resolves with the first note that is made of it. */
const follow = async (
  context: TestContext,
  {
    status,
    agent = { ended: true },
    others = {},
    deleted = false,
    elsewhere = false,
  }: { status: PodStatus; agent?: object; others?: Record<string, Pod>; deleted?: boolean; elsewhere?: boolean },
) => {
  const [there, here] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'modelmart-follower-'))) as [string, string]
  writeFileSync(join(there, 'model'), 'trained')
  if (elsewhere) rmSync(here, { recursive: true })
  else writeFileSync(join(here, 'gone'), 'x')
  const { address, asked } = await openAgent(context, there, { '/status': agent, '/collected': {}, '/peers': {} })
  const notes: PodNotes = {
    ...{ key, network: 'internal', brings: [{ index: 0, source: basename(here), kind: 'directory' }] },
    ...(Object.keys(others).length > 0 && { peers: ['algo-1', 'algo-2'] }),
  }
  const pod: Pod = {
    metadata: {
      ...{ name, uid: 'u', labels: podLabels('one', key) },
      ...(deleted && { deletionTimestamp: '2026-11-30T08:00:01Z' }),
      annotations: {
        ...{ [POD_NOTE.installation]: 'one', [POD_NOTE.arn]: key.arn, [POD_NOTE.host]: key.host },
        ...seal.notes(name, notes),
      },
    },
    status: { ...status, podIP: address },
  }
  const noted = Promise.withResolvers<Collected>()
  const followers = createPodFollowers({
    ...{
      installation: 'one',
      secret,
      seal,
      work: tmpdir(),
      onVisit: () => undefined,
      onError: error => noted.reject(error),
    },
    podNamed: async wanted => (wanted === name ? pod : others[wanted]),
    note: async (_, what) => noted.resolve(what),
  })
  context.after(() => {
    followers.close()
    for (const directory of [there, here]) rmSync(directory, { recursive: true })
  })
  followers.follow(pod)
  return { noted: noted.promise, asked, here, followers, pod }
}
const until = async (is: () => boolean) => {
  for (const end = Date.now() + 10_000; !is(); await new Promise(resolve => setTimeout(resolve, 10)))
    assert.ok(Date.now() < end, 'not within ten seconds')
}
const main = (state: object): PodStatus => ({ phase: 'Running', containerStatuses: [{ name: MAIN, state }] })

test('of a program that has ended all is brought back, then it is noted, and the agent told', async context => {
  const { noted, asked, here } = await follow(context, { status: main(ended) })
  assert.deepEqual(await noted, {})
  assert.deepEqual(await pathsOf(here), ['model'])
  assert.equal(readFileSync(join(here, 'model'), 'utf8'), 'trained')
  await until(() => asked.includes('/collected?last=false'))
  assert.deepEqual(asked.slice(-4), ['/status', '/mount', '/paths', '/collected?last=false'])
})

test('who follows it after a server that is gone with its files has all that the program wrote', async context => {
  const { noted, here } = await follow(context, { status: main(ended), elsewhere: true })
  assert.deepEqual(await noted, {})
  assert.equal(readFileSync(join(here, 'model'), 'utf8'), 'trained')
})

test('a Pod that is being deleted is asked itself, since its state says that it runs', async context => {
  const { noted, asked } = await follow(context, { status: main(running), deleted: true })
  assert.deepEqual(await noted, {})
  await until(() => asked.includes('/collected?last=true'))
})

test('a program that could not begin is told in the words of an engine', async context => {
  const { noted } = await follow(context, { status: main(ended), agent: { ended: true, unstarted: 126 } })
  assert.match((await noted).unstarted ?? '', /permission denied/)
})

test('what went with its node is noted as lost', async context => {
  const gone = { phase: 'Failed', initContainerStatuses: [{ name: AGENT, state: ended }] }
  const { noted } = await follow(context, { status: gone })
  assert.deepEqual(await noted, { lost: true })
})

test('a host hears of the others when they change, and that one has ended', async context => {
  const other = (state: object): Pod => ({
    ...{ metadata: { name: 'other' }, status: { ...main(state), podIP: '10.0.0.2' } },
  })
  const second = podName('one', { ...key, host: 'algo-2' })
  const others = { [second]: other(running) }
  const { asked } = await follow(context, { status: main(running), others })
  const told = () => asked.filter(words => words.startsWith('{')).map(words => JSON.parse(words).peers)
  await until(() => told().length === 1)
  others[second] = other(ended)
  await until(() => told().length === 2)
  assert.deepEqual(told(), [['10.0.0.2'], []])
})

test('whose notes somebody has changed is not followed: no file is asked for, and no role is given', async context => {
  const { asked, here, followers, pod } = await follow(context, { status: main(ended) })
  const text = (pod.metadata.annotations?.[POD_NOTE.notes] ?? '').replace(basename(here), '../etc')
  const changed: Pod = {
    ...pod,
    metadata: { ...pod.metadata, uid: 'other', annotations: { ...pod.metadata.annotations, [POD_NOTE.notes]: text } },
  }
  await until(() => asked.includes('/collected?last=false'))
  followers.follow(changed)
  assert.equal(followers.agentOf(changed), undefined)
})
