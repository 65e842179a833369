import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { listening } from './place.ts'

/** A server that Modelmart is measured against, in a process of its own. */
export interface Peer {
  readonly url: string
  stop(): Promise<void>
}

/** Starts a program that listens on a port of this machine; it ends with this process at the latest. */
export async function startPeer(program: string, args: readonly string[], port: number): Promise<Peer> {
  const child = spawn(program, args, { stdio: 'ignore' })
  const end = () => void child.kill()
  process.once('exit', end)
  await listening(port)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      process.off('exit', end)
      end()
      await once(child, 'exit')
    },
  }
}
