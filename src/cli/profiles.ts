import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DataDirectory } from '../store/data-directory.ts'

export interface Profile {
  readonly name: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Where an installation is asked: invocations have a place of their own. */
export interface Endpoints {
  readonly url: string
  readonly invokeUrl: string
}

/** The section that profiles share (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"). */
const services = 'modelmart'

export const defaultRegion = 'us-east-1'

/** Writes `aws/credentials` and `aws/config`, so that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE work as they are. */
export function writeProfiles(directory: DataDirectory, profiles: readonly Profile[], urls: Endpoints): void {
  const credentials = profiles.map(({ name, accessKeyId, secretAccessKey }) =>
    section(name, { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey }),
  )
  // botocore presigns with signature version 2 for endpoints that are not AWS's, unless it is told.
  const s3 = '\n  signature_version = s3v4'
  const config = profiles.map(({ name }) =>
    section(`profile ${name}`, { region: defaultRegion, endpoint_url: urls.url, services, s3 }),
  )
  const runtime = section(`services ${services}`, { sagemaker_runtime: `\n  endpoint_url = ${urls.invokeUrl}` })
  replace(directory.awsCredentials, credentials.join('\n'))
  replace(directory.awsConfig, [...config, runtime].join('\n'))
}

const section = (name: string, values: Record<string, string>): string =>
  [
    `[${name}]`,
    ...Object.entries(values).map(([key, value]) => `${key} =${value.startsWith('\n') ? '' : ' '}${value}`),
    '',
  ].join('\n')

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  removeLeft(path)
  // Commands write it at once, each in a process of its own.
  const written = `${path}.${process.pid}.new`
  try {
    writeFileSync(written, text, { mode: 0o600 })
    renameSync(written, path)
  } finally {
    rmSync(written, { force: true })
  }
}

/** What processes have left that were killed meanwhile: secrets in a file that nobody reads. */
function removeLeft(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const pid = /^(.*)\.(\d+)\.new$/.exec(name)
    if (pid?.[1] === basename(path) && !lives(Number(pid[2]))) rmSync(join(dirname(path), name), { force: true })
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** `export` lines for a shell. */
export function exportLines({ accessKeyId, secretAccessKey }: Profile, { url, invokeUrl }: Endpoints): string {
  const values = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: defaultRegion,
    AWS_DEFAULT_REGION: defaultRegion,
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: invokeUrl,
  }
  return Object.entries(values)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n')
}
