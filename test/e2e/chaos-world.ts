import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { createEngineClient, type EngineClient } from '../../src/driver/engine-client.ts'
import { at } from '../../src/driver/engine-path.ts'
import { openSmallDisk, type SmallDisk } from './chaos-disk.ts'
import type { SeenContainer } from './engine-view.ts'
import type { PresentEngine } from './engines.ts'
import { makeParty, type Party } from './party.ts'
import { copyImage, openPrivateEngine, type PrivateEngine } from './private-engine.ts'

/** A server on a small disk of its own and on an engine of its own. */
export interface ChaosWorld {
  readonly engine: PrivateEngine
  readonly disk: SmallDisk
  readonly server: ServerProcess
  readonly party: Party
  /** What the engine itself tells of seller code; rejects while it is away. */
  containers(): Promise<SeenContainer[]>
  /** The bridges of networks that are not the engine's own. */
  networks(): Promise<string[]>
  /** Kills or removes a container behind the server's back; false when there was none to kill any more. */
  strike(how: Strike, id: string): Promise<boolean>
  /** The end of what the server has complained about. */
  complaints(): Promise<string>
  close(): Promise<void>
}

export type Strike = 'kill' | 'remove'

const diskMebibytes = 192

export async function openChaosWorld(machine: PresentEngine): Promise<ChaosWorld> {
  const image = (await ensureExample(machine, 'contract-probe')) as string
  const base = await mkdtemp(join(tmpdir(), 'modelmart-chaos-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(base, { recursive: true, force: true })]
  // Whatever fails, the rest of the machine is not to suffer from it.
  const close = async () => {
    const failures: unknown[] = []
    for (const step of closing.splice(0).reverse()) await step().catch(error => failures.push(error))
    if (failures.length > 0) throw new AggregateError(failures, `not all was closed: ${failures.join('; ')}`)
  }
  try {
    const disk = await openSmallDisk(join(base, 'small'), diskMebibytes)
    closing.push(disk.close)
    const engine = await openPrivateEngine(join(base, 'engine'))
    closing.push(engine.close)
    await copyImage(machine, engine, image)
    const data = join(disk.path, 'data')
    await mkdir(data)
    // The log of what it does is the test's, which goes on when the disk is full.
    await symlink(join(base, 'server.log'), join(data, 'server.log'))
    const server = await startServer({ data, engineSocket: `unix://${engine.socket}` })
    closing.push(() => drains(server))
    const client = createEngineClient(`unix://${engine.socket}`)
    closing.push(client.close)
    const party = await makeParty(server, engine, 'seller', image)
    const complaints = async () => inShort(await readFile(join(base, 'server.log'), 'utf8'))
    return { ...{ engine, disk, server, party, complaints, close }, ...views(client, engine.bridge) }
  } catch (cause) {
    const log = await readFile(join(base, 'server.log'), 'utf8').catch(() => '')
    await close()
    throw new Error(`${(cause as Error).message}\n${inShort(log)}`, { cause })
  }
}

interface SeenNetwork {
  readonly Options: Readonly<Record<string, string>>
}

function views(client: EngineClient, own: string): Pick<ChaosWorld, 'containers' | 'networks' | 'strike'> {
  return {
    async containers() {
      const { body } = await client.call<SeenContainer[]>('GET', at`/containers/json`, { query: { all: true } })
      return body
    },
    async networks() {
      const { body } = await client.call<SeenNetwork[]>('GET', at`/networks`)
      return body.flatMap(({ Options }) => Options['com.docker.network.bridge.name'] ?? []).filter(name => name !== own)
    },
    async strike(how, id) {
      const [method, path] =
        how === 'kill' ? (['POST', at`/containers/${id}/kill`] as const) : (['DELETE', at`/containers/${id}`] as const)
      const query = how === 'kill' ? { signal: 'KILL' } : { force: true }
      const { status } = await client.call(method, path, { query, accept: [404, 409] })
      return status < 400
    },
  }
}

/** Ends a server that does not end by itself. */
async function drains(server: ServerProcess): Promise<void> {
  const late = setTimeout(() => process.kill(server.pid, 'SIGKILL'), 20_000)
  await server.stop()
  clearTimeout(late)
}

function inShort(log: string): string {
  const lines = log.trim().split('\n').slice(-60)
  return lines
    .map(line => {
      if (!line.startsWith('{')) return line
      const { time, msg, key, err } = JSON.parse(line) as {
        time: number
        msg: string
        key?: string
        err?: { message: string }
      }
      return [new Date(time).toISOString().slice(11, 23), msg, key, err?.message].filter(Boolean).join(': ')
    })
    .join('\n')
}
