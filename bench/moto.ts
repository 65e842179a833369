import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { freePort } from '../demo/free-port.ts'
import { type Peer, startPeer } from './peer.ts'

const run = promisify(execFile)

/** moto's server on a free port; undefined where Python does not have it. It keeps everything in memory and checks no signature. */
export async function startMoto(): Promise<Peer | undefined> {
  const there = await run('python3', ['-c', 'import moto.server']).then(
    () => true,
    () => false,
  )
  if (!there) return undefined
  const port = await freePort()
  return startPeer('python3', ['-m', 'moto.server', '-p', String(port)], port)
}
