import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ECR } from '@aws-sdk/client-ecr'
import type { CommandContext } from './command-context.ts'
import { defaultRegion } from './profiles.ts'
import { reachServer } from './reach-server.ts'
import { accountOf } from './seller-account.ts'
import type { OpenServer } from './start.ts'

const run = promisify(execFile)

export interface ImportOptions {
  /** Name of the account whose repository it is; made when there is none. */
  readonly account: string
  /** Whether every account of the installation may pull it, as AWS's own images are shared. */
  readonly share: boolean
}

/** Pulling alone, as AWS's own repositories of framework images allow it. */
const pulling = {
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Sid: 'EveryAccountMayPull', Effect: 'Allow', Principal: '*' },
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    },
  ],
}

/**
 * `modelmart images import ARCHIVE NAME[:TAG]`: puts an image from a file into the registry without a container engine and without any other
 * registry: an archive of `docker save`, an OCI archive, or a folder with an OCI layout. Its digest stays the same where the registry takes the
 * manifest as it is. Prints the URI that jobs name. Exits 1 with what is wrong.
 */
export async function imagesImport(
  archive: string,
  name: string,
  options: ImportOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  try {
    await bringIn(archive, name, options, context, openServer)
  } catch (error) {
    context.err.write(`modelmart images: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

const repository = /^([a-z0-9]+([._-][a-z0-9]+)*\/)*[a-z0-9]+([._-][a-z0-9]+)*$/

/** `NAME[:TAG]`, as ECR and registries have them (OCI Distribution Specification, "Pulling manifests"). Throws an Error for anything else. */
export function repositoryAndTag(name: string): { repositoryName: string; tag: string } {
  const [repositoryName = '', tag = 'latest', ...rest] = name.split(':')
  if (rest.length === 0 && repository.test(repositoryName) && /^\w[\w.-]{0,127}$/.test(tag))
    return { repositoryName, tag }
  throw new Error(
    `${JSON.stringify(name)} is no repository and tag: give NAME or NAME:TAG, as sagemaker-xgboost:1.7-1.`,
  )
}

async function bringIn(
  archive: string,
  name: string,
  { account, share }: ImportOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  const { repositoryName, tag } = repositoryAndTag(name)
  const source = await sourceOf(archive)
  const server = await reachServer(context, openServer)
  try {
    const { id, accessKeyId, secretAccessKey } = await accountOf(account, context)
    const credentials = { accessKeyId, secretAccessKey }
    const ecr = new ECR({ endpoint: server.url, region: defaultRegion, credentials })
    const uri = await repositoryOf(ecr, repositoryName)
    await copy(ecr, source, `${uri}:${tag}`, new URL(server.url).protocol === 'https:')
    if (share) await ecr.setRepositoryPolicy({ repositoryName, policyText: JSON.stringify(pulling) })
    context.out.write(`${uri}:${tag}\n`)
    context.out.write(`also as ${id}.dkr.ecr.${defaultRegion}.amazonaws.com/${repositoryName}:${tag}\n`)
  } finally {
    await server.close()
  }
}

/** The repository's URI; made when there is none. */
async function repositoryOf(ecr: ECR, repositoryName: string): Promise<string> {
  await ecr.createRepository({ repositoryName }).catch((error: Error) => {
    if (error.name !== 'RepositoryAlreadyExistsException') throw error
  })
  const { repositories } = await ecr.describeRepositories({ repositoryNames: [repositoryName] })
  return repositories?.[0]?.repositoryUri as string
}

/** What skopeo calls the archive: it reads the one kind or the other. */
async function sourceOf(archive: string): Promise<string> {
  if (!existsSync(archive)) throw new Error(`There is no ${archive}.`)
  const kinds = statSync(archive).isDirectory() ? ['oci'] : ['docker-archive', 'oci-archive']
  const told: string[] = []
  for (const kind of kinds) {
    const source = `${kind}:${archive}`
    const failed = await skopeo('inspect', '--raw', source).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (failed === undefined) return source
    told.push(`as ${kind}: ${failed}`)
  }
  throw new Error(`${archive} is no image that can be read. ${told.join('; ')}`)
}

/** The password is in a file that no other user reads, since a command line is everybody's. */
async function copy(ecr: ECR, source: string, uri: string, isTls: boolean): Promise<void> {
  const { authorizationData } = await ecr.getAuthorizationToken({})
  const auth = authorizationData?.[0]?.authorizationToken
  const place = await mkdtemp(join(tmpdir(), 'modelmart-import-'))
  const file = join(place, 'auth.json')
  try {
    await writeFile(file, JSON.stringify({ auths: { [uri.split('/')[0] as string]: { auth } } }), { mode: 0o600 })
    await skopeo('copy', '--dest-authfile', file, `--dest-tls-verify=${isTls}`, source, `docker://${uri}`)
  } finally {
    await rm(place, { recursive: true })
  }
}

/** Throws an Error with its last line, or one that says that it is not here. */
async function skopeo(...words: string[]): Promise<void> {
  await run('skopeo', words, { maxBuffer: 16 * 1024 ** 2 }).catch(
    (error: Error & { code: unknown; stderr?: string }) => {
      if (error.code === 'ENOENT')
        throw new Error('skopeo is not here, which reads and copies images: apt-get install skopeo')
      throw new Error(error.stderr?.trim().split('\n').at(-1) ?? error.message)
    },
  )
}
