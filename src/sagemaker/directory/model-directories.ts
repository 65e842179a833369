import { chmod, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mount } from '../../driver/driver.ts'
import { isDiskFull } from '../../ground/disk-full.ts'
import { ServiceError } from '../../ground/errors.ts'
import { exists } from '../../ground/exists.ts'
import { removeTree } from '../../ground/remove-tree.ts'
import { NoRoom } from '../../runtime/target-models.ts'
import { digested } from '../../workload/digested.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { ArtifactTooLarge, unpackArtifact } from '../../workload/unpack-artifact.ts'
import { makeVolume, removeVolumes } from '../../workload/volume.ts'
import { volumeBytes } from '../serving/model-volume.ts'
import type { ModelArtifact, ModelFiles, ModelInstance, ModelWorkspace } from '../serving/model-workspace.ts'

/** The workspace beside Docker: directories and volumes of the server's own machine. */
export function createModelDirectories({ workspace, log }: Pick<LocalPlatform, 'workspace' | 'log'>): ModelWorkspace {
  const volumeOf = ({ arn, attempt, host }: ModelInstance): string =>
    join(workspace.directory(arn), `volume-${attempt}-${host}`)

  /** Models are unpacked in the clear on the disk unless a key encrypts the volume. */
  const modelOf = (instance: ModelInstance, index: number): string =>
    join(
      isEncrypted(instance) ? volumeOf(instance) : workspace.directory(instance.arn),
      `model-${instance.attempt}-${instance.host}-${index}`,
    )

  /** Models that come and go share the instance's volume, which bounds them. */
  const modelsOf = (instance: ModelInstance, index: number): string => join(volumeOf(instance), `models-${index}`)

  return {
    async makeVolume(instance, containers, limits) {
      const { arn, volume } = instance
      if (!volume) return
      const directory = volumeOf(instance)
      const bytes = volumeBytes(volume, limits)
      const problem = await makeVolume({ directory, bytes, inMemory: isEncrypted(instance) })
      if (problem) log.warn({ arn, problem }, 'the size of a volume is not enforced on this machine')
      for (let index = 0; index < containers; index++) await makeTemporary(directory, index)
    },
    async stage(instance, index, artifact) {
      const mounts: Mount[] = []
      if (artifact === 'several') {
        await mkdir(modelsOf(instance, index), { recursive: true })
        mounts.push({ source: modelsOf(instance, index), target: '/opt/ml/models', readOnly: true })
      } else if (artifact) {
        const directory = modelOf(instance, index)
        if (!(await exists(directory))) await unpack(instance, artifact, directory)
        mounts.push({ source: directory, target: '/opt/ml/model', readOnly: true })
      }
      if (instance.volume) {
        // Where another server's machine had it.
        await makeTemporary(volumeOf(instance), index)
        mounts.push({ source: temporary(volumeOf(instance), index), target: '/tmp', readOnly: false })
      }
      return mounts
    },
    async stageTarget(instance, index, name, artifact) {
      const directory = join(modelsOf(instance, index), name, 'model')
      if (await exists(directory)) return
      await unpack(instance, artifact, directory).catch(async error => {
        await removeTree(join(modelsOf(instance, index), name))
        if (error instanceof ArtifactTooLarge || isDiskFull(error)) throw new NoRoom(error.message, { cause: error })
        throw error
      })
    },
    dropTarget: (instance, index, name) => removeTree(join(modelsOf(instance, index), name)),
    async discard(arn, attempt) {
      const directory = workspace.directory(arn)
      for (const name of await readdir(directory).catch(() => [])) {
        if (!name.startsWith(`volume-${attempt}-`) && !name.startsWith(`model-${attempt}-`)) continue
        await removeVolumes(join(directory, name))
        await removeTree(join(directory, name))
      }
    },
  }
}

const isEncrypted = ({ volume }: ModelInstance): boolean => volume?.kmsKeyId !== undefined

async function makeTemporary(directory: string, index: number): Promise<void> {
  await mkdir(temporary(directory, index), { recursive: true })
  await chmod(temporary(directory, index), 0o1777)
}

const temporary = (directory: string, index: number): string => join(directory, `tmp-${index}`)

/** Each attempt unpacks for itself, so that a new one sees new data; a rename makes the unpacked directory whole or absent. */
async function unpack(instance: ModelInstance, artifact: ModelArtifact | ModelFiles, directory: string): Promise<void> {
  const partial = `${directory}.partial`
  await removeTree(partial)
  await mkdir(partial, { recursive: true })
  await ('into' in artifact ? artifact.into(partial) : unpackInto(partial, artifact)).catch(error => {
    if (!isEncrypted(instance) || !isDiskFull(error)) throw error
    throw new ServiceError(
      'ClientError',
      `The model artifact ${artifact.what} does not fit the encrypted volume of ${instance.host}.`,
    )
  })
  await rename(partial, directory)
}

async function unpackInto(directory: string, { what, open, check }: ModelArtifact): Promise<void> {
  const { content, digest } = digested(await open())
  await unpackArtifact(content, directory, what)
  await check(digest())
}
