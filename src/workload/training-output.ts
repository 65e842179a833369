import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, posix, sep } from 'node:path'
import { ServiceError } from '../ground/errors.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { isEmpty, packArtifact } from './artifact.ts'
import { ownDirectory } from './own-directory.ts'
import { joinS3Uri, parseS3Uri } from './s3-uri.ts'

export interface TrainingOutput {
  /** `S3OutputPath/JOB/output`. */
  readonly uri: string
  /** Each host's `/opt/ml`; where two wrote the same name, the first one's file is kept. */
  readonly hosts: readonly string[]
  readonly compressed: boolean
  /** Of the KMS key that encrypts what is uploaded; as the bucket says otherwise. */
  readonly kmsKeyId?: string | undefined
}

/**
 * Uploads `/opt/ml/model` and, unless it is empty, `/opt/ml/output/data`: as `model.tar.gz` and `output.tar.gz`, or file by file below
 * `model/` and `data/`. Returns the URI of the model. Throws a ServiceError of code `AlgorithmError` for what the container left that
 * is no file. Source: SageMaker Developer Guide, "How Amazon SageMaker Processes Training Output" and "Uncompressed model output".
 */
export async function uploadOutput(objects: Objects, as: Principal, output: TrainingOutput): Promise<string> {
  const upload = output.compressed ? uploadArchive : uploadFiles
  const { kmsKeyId } = output
  const model = await directories(output.hosts, 'model')
  const data = await directories(output.hosts, 'output/data')
  if (!(await isEmpty(data)))
    await upload(objects, as, output.uri, output.compressed ? 'output' : 'data', data, kmsKeyId)
  return upload(objects, as, output.uri, 'model', model, kmsKeyId)
}

async function directories(hosts: readonly string[], below: string): Promise<string[]> {
  const found = await Promise.all(hosts.map(host => ownDirectory(host, below)))
  return found.filter(path => path !== undefined)
}

async function uploadArchive(
  objects: Objects,
  as: Principal,
  base: string,
  name: string,
  from: readonly string[],
  kmsKeyId: string | undefined,
): Promise<string> {
  const uri = joinS3Uri(base, `${name}.tar.gz`)
  const { bucket, key } = parseS3Uri(uri)
  await objects.put(as, bucket, key, await packArtifact(from), { contentType: 'application/x-tar', kmsKeyId })
  return uri
}

async function uploadFiles(
  objects: Objects,
  as: Principal,
  base: string,
  name: string,
  from: readonly string[],
  kmsKeyId: string | undefined,
): Promise<string> {
  const uri = joinS3Uri(base, name)
  const done = new Set<string>()
  for (const root of from)
    for await (const { path, source } of files(root, '')) {
      if (done.has(path)) continue
      done.add(path)
      const { bucket, key } = parseS3Uri(joinS3Uri(uri, path))
      await objects.put(as, bucket, key, createReadStream(source), { kmsKeyId })
    }
  return uri
}

/** A store knows no links: one to a file inside becomes that file, any other is refused. */
async function* files(root: string, below: string): AsyncGenerator<{ path: string; source: string }> {
  const entries = await readdir(join(root, below), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = posix.join(below, entry.name)
    const source = join(root, path)
    if (entry.isDirectory()) yield* files(root, path)
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFileInside(root, source)))) yield { path, source }
    else
      throw new ServiceError(
        'AlgorithmError',
        `The container left "${path}", which is neither a file nor a link to one inside the same directory.`,
      )
  }
}

async function isFileInside(root: string, link: string): Promise<boolean> {
  const real = await realpath(link).catch(() => undefined)
  return real?.startsWith((await realpath(root)) + sep) === true && (await stat(real)).isFile()
}
