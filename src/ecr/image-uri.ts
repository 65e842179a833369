import { ValidationException } from '../ground/errors.ts'
import type { ImageId } from './ecr-errors.ts'
import { isTag } from './image.ts'
import { isSha256 } from './manifest.ts'
import { parseEcrHost, repositoryAddress } from './registry-address.ts'
import { RegistryError } from './registry-errors.ts'
import type { RepositoryAddress } from './repository.ts'

/**
 * Reads `HOST/ACCOUNT/REPOSITORY[:TAG|@DIGEST]` of this installation (`hosts` are its own, that of today first), or ECR's own form, which names
 * its region. Without tag and digest the tag is `latest`. Throws ValidationException that says which part is wrong.
 */
export function parseImageUri(
  uri: string,
  hosts: readonly string[],
  region: string,
): { address: RepositoryAddress; id: ImageId } {
  const [, host = '', path = '', tag, digest] = /^([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(uri) ?? []
  if (!hosts.some(own => isSame(host, own)) && !parseEcrHost(host))
    throw invalid(
      uri,
      `its registry must be ${hosts[0]} or ACCOUNT.dkr.ecr.REGION.amazonaws.com; images elsewhere must be pushed here first`,
    )
  if (tag !== undefined && !isTag(tag)) throw invalid(uri, `'${tag}' is not a tag`)
  if (digest !== undefined && !isSha256(digest)) throw invalid(uri, `'${digest}' is not a sha256 digest`)
  const id =
    digest === undefined ? { imageTag: tag ?? 'latest' } : { imageDigest: digest, ...(tag && { imageTag: tag }) }
  return { address: addressIn(uri, host, path, region), id }
}

function addressIn(uri: string, host: string, path: string, region: string): RepositoryAddress {
  try {
    return repositoryAddress(host, path, region)
  } catch (error) {
    throw error instanceof RegistryError ? invalid(uri, error.message) : error
  }
}

const isSame = (host: string, own: string): boolean =>
  host === own || (isLoopback(host) && isLoopback(own) && portOf(host) === portOf(own))

const isLoopback = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?$/.test(host)

const portOf = (host: string): string => /:([0-9]+)$/.exec(host)?.[1] ?? '80'

const invalid = (uri: string, reason: string) =>
  new ValidationException(`Invalid image URI ${uri.slice(0, 512)}: ${reason}.`)
