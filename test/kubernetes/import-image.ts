import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import type { ImageSource } from '../../src/driver/driver.ts'
import { imageArchive } from '../../src/driver/image-archive.ts'
import { type MadeNode, placesOf } from './node-files.ts'

/** Gives a made node an image by a name, as if it had pulled it. */
export async function importImage({ place, programs }: MadeNode, name: string, image: ImageSource): Promise<void> {
  const words = ['--address', placesOf(place).containerd, '--namespace', 'k8s.io', 'images', 'import', '-']
  const ctr = spawn('ctr', words, { env: { PATH: programs }, stdio: ['pipe', 'ignore', 'pipe'] })
  const said: Buffer[] = []
  ctr.stderr.on('data', chunk => said.push(chunk))
  const ended = once(ctr, 'close')
  // When it ends early, it says why.
  await pipeline(await (await imageArchive(image)).open(name), ctr.stdin).catch(() => undefined)
  const [code] = await ended
  if (code !== 0) throw new Error(`The node did not take ${name}: ${Buffer.concat(said)}`)
}
