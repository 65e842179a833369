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
