import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { freePort, listening } from './place.ts'

export interface Peer {
  readonly url: string
  stop(): Promise<void>
}

const run = promisify(execFile)

/** moto's server on a free port; undefined where Python does not have it. It keeps everything in memory and checks no signature. */
export async function startMoto(): Promise<Peer | undefined> {
  const there = await run('python3', ['-c', 'import moto.server, flask']).then(
    () => true,
    () => false,
  )
  if (!there) return undefined
  const port = await freePort()
  const child = spawn('python3', ['-m', 'moto.server', '-p', String(port)], { stdio: 'ignore' })
  await listening(port)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}
