import { RegistryError } from './registry-errors.ts'
import type { RepositoryAddress } from './repository.ts'

/** Amazon ECR's own form of a registry host: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`. */
export function parseEcrHost(host: string): { account: string; region: string } | undefined {
  const [, account, region] =
    /^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?::[0-9]+)?$/i.exec(host) ?? []
  return account && region ? { account, region } : undefined
}

/**
 * Which repository a path means. Under ECR's own host name the host tells account and region. Under this installation's own name the
 * account is the first part of the path, and the region is the one the caller logged in to: `docker login` with a token from
 * GetAuthorizationToken of eu-west-1 addresses the repositories of eu-west-1.
 */
export function repositoryAddress(host: string, path: string, callerRegion: string): RepositoryAddress {
  const registry = parseEcrHost(host)
  if (registry) return { ...registry, name: requireName(path) }
  const [, account, name] = /^([0-9]{12})\/(.+)$/.exec(path) ?? []
  if (!account || !name)
    throw new RegistryError('NAME_INVALID', `'${path}' is not ACCOUNT/REPOSITORY with an account of 12 digits`)
  return { account, region: callerRegion, name: requireName(name) }
}

/** The form that ECR's model and OCI Distribution 1.1 agree on. No part of it can be matched in two ways, so it is read in linear time. */
const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

function requireName(name: string): string {
  if (name.length >= 2 && name.length <= 256 && namePattern.test(name)) return name
  throw new RegistryError('NAME_INVALID', `'${name.slice(0, 300)}' is not a repository name`)
}
