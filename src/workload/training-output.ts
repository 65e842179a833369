import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import type { WalkEntry } from '../ground/bounded-walk.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { containerFiles } from './container-files.ts'
import { digested } from './digested.ts'
import { createLeftOut, type LeftOut } from './left-out.ts'
import { ownDirectory } from './own-directory.ts'
import { isEmpty, noteOther, packArtifact } from './pack-artifact.ts'
import { joinS3Uri, parseS3Uri } from './s3-uri.ts'

export interface TrainingOutput {
  /** `S3OutputPath/JOB/output`. */
  readonly uri: string
  /** Each host's `/opt/ml`; where two wrote the same name, the first one's file is kept. */
  readonly hosts: readonly string[]
  readonly compressed: boolean
  /** Of the KMS key that encrypts what is uploaded; as the bucket says otherwise. */
  readonly kmsKeyId?: string | undefined
  /** Ends what is under way. */
  readonly signal: AbortSignal
}

/** What became of it. */
export interface UploadedOutput {
  /** Where the model is, or would be: a container that left none has no object there. */
  readonly model: string
  /** SHA-256 of the model's archive, hexadecimal; undefined where there is none. */
  readonly modelDigest?: string | undefined
  /** What was not uploaded, in words. */
  readonly leftOut?: string | undefined
}

/**
 * Uploads `/opt/ml/model` and `/opt/ml/output/data`, each unless it holds no file: as `model.tar.gz` and `output.tar.gz`, or file by
 * file below `model/` and `data/`. Throws a ServiceError of code `AlgorithmError` at a limit of what a container may leave, and, after
 * all else is uploaded, for a name that cannot be kept; the signal's reason when that is aborted. Source: SageMaker Developer Guide, "How Amazon SageMaker Processes Training
 * Output" and "Uncompressed model output"; that no archive is made of nothing is what users of CreateModel report ("Could not find model data").
 */
export async function uploadOutput(objects: Objects, as: Principal, output: TrainingOutput): Promise<UploadedOutput> {
  const leftOut = createLeftOut()
  const put: Put = (uri, content, contentType) => {
    const { bucket, key } = parseS3Uri(uri)
    const options = { kmsKeyId: output.kmsKeyId, ...(contentType && { contentType }) }
    const whole = addAbortSignal(output.signal, content)
    return objects.put(as, bucket, key, whole, options).catch(error => {
      output.signal.throwIfAborted()
      throw error
    })
  }
  const upload = async (below: string, name: string) => {
    const uri = joinS3Uri(output.uri, output.compressed ? `${name}.tar.gz` : name)
    const from = await directories(output.hosts, below)
    if (output.compressed) return { uri, digest: await uploadArchive(put, uri, from, leftOut) }
    await uploadFiles(put, uri, from, leftOut)
    return { uri, digest: undefined }
  }
  await upload('output/data', output.compressed ? 'output' : 'data')
  const model = await upload('model', 'model')
  leftOut.check()
  return { model: model.uri, modelDigest: model.digest, leftOut: leftOut.told() }
}

async function directories(hosts: readonly string[], below: string): Promise<string[]> {
  const found = await Promise.all(hosts.map(host => ownDirectory(host, below)))
  return found.filter(path => path !== undefined)
}

type Put = (uri: string, content: Readable, contentType?: string) => Promise<unknown>

async function uploadArchive(
  put: Put,
  uri: string,
  from: readonly string[],
  leftOut: LeftOut,
): Promise<string | undefined> {
  if (await isEmpty(from, leftOut)) return undefined
  const { content, digest } = digested(packArtifact(from, leftOut))
  await put(uri, content, 'application/x-tar')
  return digest()
}

async function uploadFiles(put: Put, uri: string, from: readonly string[], leftOut: LeftOut): Promise<void> {
  const done = new Set<string>()
  for (const root of from)
    for await (const entry of containerFiles(root)) {
      if (entry.kind === 'directory' || done.has(entry.path)) continue
      const file = await contentOf(root, entry, leftOut)
      if (!file) continue
      done.add(entry.path)
      try {
        await put(joinS3Uri(uri, entry.path), await streamOf(file))
      } finally {
        await file.close()
      }
    }
}

/** A store knows no links: one to a file inside becomes that file; undefined for what is left out. */
async function contentOf(
  root: string,
  entry: Exclude<WalkEntry, { kind: 'directory' }>,
  leftOut: LeftOut,
): Promise<FileHandle | undefined> {
  if (entry.kind === 'file') return entry.file
  if (entry.kind === 'link') {
    const inside = await fileInside(root, resolve(root, entry.path))
    if (!inside) leftOut.pass(entry.path, 'a link to no file of the same directory')
    return inside
  }
  noteOther(entry, leftOut)
  return undefined
}

async function streamOf(file: FileHandle): Promise<Readable> {
  const { size } = await file.stat()
  return size === 0 ? Readable.from([]) : file.createReadStream({ autoClose: false, start: 0, end: size - 1 })
}

async function fileInside(root: string, link: string): Promise<FileHandle | undefined> {
  const real = await realpath(link).catch(() => undefined)
  if (!real?.startsWith((await realpath(root)) + sep)) return undefined
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if ((await file.stat()).isFile()) return file
  await file.close()
  return undefined
}
