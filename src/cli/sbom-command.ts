import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { contentOf, findImage } from '../ecr/image.ts'
import { parseImageUri } from '../ecr/image-uri.ts'
import { createImages } from '../ecr/images.ts'
import { isSha256, readManifest } from '../ecr/manifest.ts'
import { registryHosts } from '../ecr/registry-hosts.ts'
import { machineArchitecture, pickPlatform } from '../ecr/registry-platform.ts'
import { findRepository } from '../ecr/repository.ts'
import { createImageInventories, type ImageInventories, type ImageInventory } from '../scan/image-inventory.ts'
import { sbomText, storedSbom } from '../scan/sbom.ts'
import { scanLimits } from '../scan/scan-budget.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { type ObjectsOptions, openBlobs } from '../store/open-blobs.ts'
import type { CommandContext } from './command-context.ts'
import { type Installation, lastUrl } from './installation.ts'
import { onInstallation } from './on-installation.ts'
import { defaultRegion } from './profiles.ts'

/** The server looks for work that others gave it at least once a minute. */
const longestWaitMs = 10 * 60_000

/** `modelmart sbom IMAGE_URI|DIGEST`: the stored CycloneDX document of an image, else one of its layers, which are read if they were not yet. */
export const sbom = (image: string, options: { readonly region?: string }, context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    const { store } = installation
    const digest = isSha256(image) ? image : await digestOf(installation, image, options.region ?? defaultRegion)
    const stored = await storedSbom(store.db, digest)
    context.out.write(`${stored ?? (await made(installation, digest, context.objects))}\n`)
  })

async function digestOf(installation: Installation, uri: string, region: string): Promise<string> {
  const { db } = installation.store
  const hosts = [new URL(await lastUrl(installation)).host, ...(await registryHosts(db))]
  const { address, id } = parseImageUri(uri, hosts, region)
  const repository = await findRepository(db, address)
  const named = repository && (await findImage(db, repository.id, id))
  if (!named) throw new Error(`there is no image ${uri} in ${address.region}`)
  const { kind, manifests } = readManifest(Buffer.from(await contentOf(db, named)))
  const chosen = kind === 'index' ? pickPlatform(manifests, machineArchitecture)?.digest : named.digest
  if (!chosen) throw new Error(`${uri} has no image for linux/${machineArchitecture}`)
  return chosen
}

async function made(installation: Installation, digest: string, objects?: ObjectsOptions): Promise<string> {
  const { db } = installation.store
  const here = await db.selectFrom('ecr_manifest').select('digest').where('digest', '=', digest).executeTakeFirst()
  if (!here) throw new Error(`there is no image ${digest}`)
  const now = () => new Date()
  const inventories = createImageInventories(installation.store, now, scanLimits)
  const inventory = (await inventories.known(digest)) ?? (await read(installation, inventories, digest, objects))
  if (inventory.unreadable) throw new Error(inventory.unreadable)
  return sbomText(digest, inventory, now())
}

/** Reads the image here, or has the server do it that runs on the directory: its blobs are one process's. */
async function read(
  { store, directory }: Installation,
  inventories: ImageInventories,
  digest: string,
  objects: ObjectsOptions = {},
): Promise<ImageInventory> {
  const isStarted = existsSync(directory.blobs) || existsSync(directory.cache)
  const unlock = isStarted ? lockedHere(directory.lock) : undefined
  if (unlock)
    try {
      const blobs = await openBlobs({ directory, store, objects, guest: true })
      const images = createImages({ store, blobs, iam: refuse, url: 'http://localhost', now: () => new Date() })
      return await inventories.of(digest, () => images.source(digest))
    } finally {
      unlock()
    }
  await store.transaction(tx => tx.enqueue('image-inventory', digest))
  for (const end = Date.now() + longestWaitMs; Date.now() < end; await sleep(500)) {
    const found = await inventories.known(digest)
    if (found) return found
  }
  throw new Error(`the server has not read ${digest} within ${longestWaitMs / 60_000} minutes`)
}

/** Reading by digest asks for no one's leave. */
const refuse = {
  authorize: async () => {
    throw new Error('no one is asked here')
  },
}

/** The release of the lock; undefined when a server holds it. */
function lockedHere(path: string): (() => void) | undefined {
  try {
    return lockExclusively(path)
  } catch {
    return undefined
  }
}
