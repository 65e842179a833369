import { text } from 'node:stream/consumers'
import { createEngineClient, type EngineClient } from '../../src/driver/engine-client.ts'
import { at } from '../../src/driver/engine-path.ts'
import type { PresentEngine } from './engines.ts'

/** A container as anybody would run it by hand: on the engine's default bridge, with nothing that keeps it in. */
export interface OpenContainer {
  readonly address: string
  /** Waits for its end; what it printed to standard output. */
  output(): Promise<string>
  remove(): Promise<void>
}

// Podman asks for more than a machine may allow unless it is told.
const Ulimits = ['nofile', 'nproc'].map(Name => ({ Name, Soft: 1024, Hard: 1024 }))

interface Inspected {
  readonly NetworkSettings: {
    readonly IPAddress: string
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>
  }
}

export async function runOpenContainer(
  { socket }: PresentEngine,
  image: string,
  program: 'train' | 'serve',
  environment: Readonly<Record<string, string>> = {},
): Promise<OpenContainer> {
  const client = createEngineClient(`unix://${socket}`)
  const Env = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  // With a terminal the engine hands the output on as it is, without frames.
  const body = { Image: image, Cmd: [program], Env, Tty: true, HostConfig: { NetworkMode: 'bridge', Ulimits } }
  const { body: made } = await client.call<{ Id: string }>('POST', at`/containers/create`, { body })
  const remove = async () => {
    await client.call('DELETE', at`/containers/${made.Id}`, { query: { force: true } })
    await client.close()
  }
  try {
    await client.call('POST', at`/containers/${made.Id}/start`)
    const { body: seen } = await client.call<Inspected>('GET', at`/containers/${made.Id}/json`)
    const { IPAddress, Networks } = seen.NetworkSettings
    const address = IPAddress || (Object.values(Networks)[0]?.IPAddress as string)
    return { address, remove, output: () => outputOf(client, made.Id) }
  } catch (error) {
    await remove()
    throw error
  }
}

async function outputOf(client: EngineClient, id: string): Promise<string> {
  await text(await client.stream('POST', at`/containers/${id}/wait`))
  const output = await client.stream('GET', at`/containers/${id}/logs`, { query: { stdout: true } })
  return (await text(output)).replaceAll('\r\n', '\n')
}
