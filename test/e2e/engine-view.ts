import { createEngineClient } from '../../src/driver/engine-client.ts'
import { at } from '../../src/driver/engine-path.ts'
import type { PresentEngine } from './engines.ts'

export interface SeenContainer {
  readonly Id: string
  readonly State: string
  readonly Labels: Readonly<Record<string, string>>
}

/** What the engine itself tells of one installation's containers, past the server. */
export interface EngineView {
  /** Running or not: those that run a workload's program, or all that there are of any, with what holds their networks. */
  containers(arn?: string): Promise<readonly SeenContainer[]>
  /** Where the only container of a workload is reached. */
  address(arn: string): Promise<string>
  /** Bytes of memory and cores that a container is kept within. */
  limits(id: string): Promise<readonly [memory: number, cores: number]>
  networks(): Promise<readonly string[]>
  /** Kills, removes or changes a container behind the server's back. */
  kill(id: string): Promise<void>
  remove(id: string): Promise<void>
  /** One that has no containers. */
  removeNetwork(name: string): Promise<void>
  /** False when this engine cannot. */
  limitMemory(id: string, bytes: number): Promise<boolean>
  /** How often each container key (`ARN ATTEMPT HOST`) has been started since the view was opened, as the engine's events tell. */
  readonly starts: ReadonlyMap<string, number>
  close(): Promise<void>
}

interface Addressed {
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> }
}

interface StartEvent {
  readonly Action: string
  readonly timeNano: number
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
}

export async function openEngineView({ socket }: PresentEngine, installation: string): Promise<EngineView> {
  const client = createEngineClient(`unix://${socket}`)
  const label = (arn?: string) => [
    `modelmart.installation=${installation}`,
    ...(arn === undefined ? [] : [`modelmart.arn=${arn}`]),
  ]
  const filters = (arn?: string) => JSON.stringify({ label: label(arn) })
  const starts = new Map<string, number>()
  const abort = new AbortController()
  const events = await client.stream('GET', at`/events`, {
    query: { filters: JSON.stringify({ type: ['container'], event: ['start'], label: label() }) },
    signal: abort.signal,
  })
  const counting = countStarts(events, starts).catch(error => {
    if (!abort.signal.aborted) throw error
  })
  const view: EngineView = {
    starts,
    async containers(arn) {
      const query = { all: true, filters: filters(arn) }
      const { body } = await client.call<SeenContainer[]>('GET', at`/containers/json`, { query })
      return arn === undefined ? body : body.filter(({ Labels }) => !holdsNetwork(Labels))
    },
    async address(arn) {
      const { body: found } = await client.call<SeenContainer[]>('GET', at`/containers/json`, {
        query: { filters: filters(arn) },
      })
      const holder = found.find(({ Labels }) => holdsNetwork(Labels)) ?? found[0]
      const { body } = await client.call<Addressed>('GET', at`/containers/${holder?.Id ?? ''}/json`)
      return Object.values(body.NetworkSettings.Networks)[0]?.IPAddress as string
    },
    async limits(id) {
      const { body } = await client.call<{ HostConfig: { Memory: number; NanoCpus: number } }>(
        'GET',
        at`/containers/${id}/json`,
      )
      return [body.HostConfig.Memory, body.HostConfig.NanoCpus / 1e9]
    },
    async networks() {
      const { body } = await client.call<{ Name: string }[]>('GET', at`/networks`, { query: { filters: filters() } })
      return body.map(({ Name }) => Name)
    },
    async kill(id) {
      await client.call('POST', at`/containers/${id}/kill`, { query: { signal: 'KILL' } })
    },
    async remove(id) {
      await client.call('DELETE', at`/containers/${id}`, { query: { force: true } })
    },
    async removeNetwork(name) {
      await client.call('DELETE', at`/networks/${name}`, { accept: [404] })
    },
    async limitMemory(id, bytes) {
      const body = { Memory: bytes, MemorySwap: bytes }
      // Podman 4 does not serve this call and says so in plain text.
      const update = client.call('POST', at`/containers/${id}/update`, { body })
      return update.then(
        () => true,
        () => false,
      )
    },
    async close() {
      abort.abort()
      await counting
      await client.close()
    },
  }
  return view
}

const holdsNetwork = (labels: Readonly<Record<string, string>>): boolean => 'modelmart.door' in labels

async function countStarts(events: AsyncIterable<Buffer>, starts: Map<string, number>): Promise<void> {
  // Podman tells events again when its event file is turned over.
  const told = new Set<string>()
  let rest = ''
  for await (const chunk of events) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines.filter(text => text.trim())) {
      const { Action, Actor, timeNano } = JSON.parse(line) as StartEvent
      const event = `${Actor.ID} ${timeNano}`
      if (Action !== 'start' || told.has(event) || holdsNetwork(Actor.Attributes)) continue
      told.add(event)
      const { 'modelmart.arn': arn, 'modelmart.attempt': attempt, 'modelmart.host': host } = Actor.Attributes
      const key = `${arn} ${attempt} ${host}`
      starts.set(key, (starts.get(key) ?? 0) + 1)
    }
  }
}
