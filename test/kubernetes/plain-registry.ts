import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MadeNode, placesOf } from './node-files.ts'

/** Lets a made node pull by plain HTTP from a registry (`host:port`); with the credentials that a Pod has for it, from the next pull on. */
export async function allowPlainRegistry({ place }: MadeNode, registry: string): Promise<void> {
  const folder = join(placesOf(place).registries, registry)
  await mkdir(folder, { recursive: true })
  const lines = [`server = "http://${registry}"`, `[host."http://${registry}"]`, 'capabilities = ["pull", "resolve"]']
  await writeFile(join(folder, 'hosts.toml'), `${lines.join('\n')}\n`)
}

/** Has a port of the node's own loopback lead to this machine's, so that `localhost:PORT` names the same registry, and needs no TLS, on both. Resolves with what ends it. */
export async function leadLocalhost({ process: first, addresses }: MadeNode, port: number): Promise<() => unknown> {
  const program = `
    import { connect, createServer } from 'node:net'
    import { pipeline } from 'node:stream'
    const lead = socket => pipeline(socket, connect(${port}, '${addresses.machine}'), socket, () => undefined)
    createServer(lead).listen(${port}, '127.0.0.1', () => console.log('listens'))`
  const words = [`--net=/proc/${first}/ns/net`, process.execPath, '--input-type=module', '--eval', program]
  const child = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return () => child.kill()
}
