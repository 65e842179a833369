import { type CommandContext, quietLog } from './command-context.ts'
import { engineSocket } from './engine-socket.ts'
import { lastUrl, openInstallation } from './installation.ts'
import type { OpenServer } from './start.ts'

/** The server that runs on the data directory, left running, or a new one that ends with the command. */
export async function reachServer(
  context: CommandContext,
  openServer: OpenServer,
): Promise<{ url: string; close(): Promise<void> }> {
  const installation = await openInstallation(context)
  const url = await lastUrl(installation)
  await installation.store.close()
  const alive = await fetch(`${url}/healthz`).then(
    response => response.ok,
    () => false,
  )
  if (alive) return { url, close: async () => {} }
  if (context.cluster)
    throw new Error(
      'With engine kubernetes a server has to run, where the nodes of the cluster reach it: modelmart start',
    )
  const { data, database, objects, rootSecret, engineOutside } = context
  const socket = engineSocket(context)
  const server = await openServer({
    ...{ data, database, objects, engineOutside },
    host: '127.0.0.1',
    port: 0,
    engineSocket: socket,
    rootSecret,
    allowUnisolated: false,
    log: quietLog(context),
  })
  // Whatever comes of it, the server tells.
  await server.driver.proof().catch(() => undefined)
  const close = async () => {
    // Else what the last job left would stay mounted in the data directory until another server starts on it.
    await server.settled()
    await server.close()
  }
  return { url: server.url, close }
}

/** Jobs would wait for an engine that cannot be used. Throws an Error with what the server says of it. */
export async function requireEngine(url: string): Promise<void> {
  const { engine } = (await (await fetch(`${url}/healthz`)).json()) as { engine?: string }
  if (engine !== undefined && engine !== 'ok')
    throw new Error(`the server at ${url} runs nothing on its container engine: ${engine}`)
}
