import { createEngineClient } from '../../src/driver/engine-client.ts'
import { at } from '../../src/driver/engine-path.ts'

/** A container engine of this machine, as demo/push-image.ts and setup/images.mjs take it. */
export interface PresentEngine {
  readonly engine: 'docker' | 'podman'
  /** Path of the unix socket. */
  readonly socket: string
}

const sockets = ['/var/run/docker.sock', '/run/podman/podman.sock']

async function identify(socket: string): Promise<PresentEngine | undefined> {
  const client = createEngineClient(`unix://${socket}`)
  try {
    return { engine: (await client.knows(at`/libpod/_ping`)) ? 'podman' : 'docker', socket }
  } catch {
    return undefined
  } finally {
    await client.close()
  }
}

/** The engines that answer here. Every end-to-end test runs on each of them. Throws when there is none. */
export async function presentEngines(): Promise<readonly PresentEngine[]> {
  const engines = (await Promise.all(sockets.map(identify))).filter(engine => engine !== undefined)
  if (engines.length === 0) throw new Error(`Neither Docker nor Podman answers on ${sockets.join(' or ')}.`)
  return engines
}
