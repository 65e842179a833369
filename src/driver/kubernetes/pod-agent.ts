import { promises, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveAgent } from './agent-server.ts'
import { AGENT_DIRECTORY, KEY_DIRECTORY, KEY_FILE, MOUNTS_DIRECTORY } from './agent-wire.ts'
import { closeNetwork, UNCLOSED } from './close-network.ts'

/**
 * What of Modelmart runs in a Pod. `close`: closes the Pod's network, proves it, ends. `serve NAME MOUNTS [door]`: does so too, and is the
 * agent of the Pod of that name then; where it cannot, it ends with `UNCLOSED`. `words` are what stands behind `pod-agent`.
 */
export const podAgent = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> => {
  const [what, name = '', mounts = '0', door] = words
  if (what === 'close') return closeNetwork(environment, await gateways())
  if (what !== 'serve') throw new Error('pod-agent runs within Pods that a server makes')
  try {
    await closeNetwork(environment, await gateways())
  } catch (error) {
    console.error((error as Error).message)
    process.exit(UNCLOSED)
  }
  const key = readFileSync(join(KEY_DIRECTORY, KEY_FILE), 'utf8')
  await serveAgent({
    ...{ name, key: Buffer.from(key, 'hex'), mounts: Number(mounts), hasDoor: door === 'door' },
    ...{ directory: AGENT_DIRECTORY, mountsDirectory: MOUNTS_DIRECTORY },
  })
}

/** The node, as the Pod's own routes name it; numbers as this machine's kernel prints them. */
const gateways = async (): Promise<string[]> => {
  const lines = (await promises.readFile('/proc/net/route', 'utf8')).split('\n').slice(1)
  const found = lines
    .map(line => line.split('\t')[2] ?? '')
    .filter(hex => /^[\dA-F]{8}$/.test(hex) && hex !== '00000000')
  return [...new Set(found)].map(hex => [...Buffer.from(hex, 'hex')].reverse().join('.'))
}
