import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { type Registry, registrySetting, setRegistrySetting } from './registry-setting.ts'
import { addressOf, findRepository, type Repository, repositoryArn } from './repository.ts'
import { matchesWildcard } from './tag-mutability.ts'

interface Rule {
  readonly scanFrequency: 'SCAN_ON_PUSH' | 'MANUAL'
  readonly repositoryFilters: { readonly filter: string; readonly filterType: 'WILDCARD' }[]
}

const setting = 'scanning-rules'

const rulesOf = async (db: Db, registry: Registry): Promise<Rule[]> =>
  JSON.parse((await registrySetting(db, registry, setting)) ?? '[]')

/** Scans here are the basic ones; enhanced scanning is another service's. Throws InvalidParameterException for what it alone can do. */
export const putRegistryScanningConfiguration: Op<'PutRegistryScanningConfiguration'> = async (
  { scanType = 'BASIC', rules = [] },
  ctx,
) => {
  if (scanType !== 'BASIC') throw ecrErrors.invalidParameter('scanType', 'only BASIC scanning is offered here')
  if (rules.some(rule => rule.scanFrequency === 'CONTINUOUS_SCAN'))
    throw ecrErrors.invalidParameter('rules', 'CONTINUOUS_SCAN belongs to ENHANCED scanning')
  if (new Set(rules.map(rule => rule.scanFrequency)).size < rules.length)
    throw ecrErrors.invalidParameter('rules', 'each scanFrequency can be given once')
  await setRegistrySetting(ctx.store.db, ctx, setting, JSON.stringify(rules))
  return { registryScanningConfiguration: { scanType, rules } }
}

export const getRegistryScanningConfiguration: Op<'GetRegistryScanningConfiguration'> = async (_input, ctx) => ({
  registryId: ctx.account,
  scanningConfiguration: { scanType: 'BASIC', rules: await rulesOf(ctx.store.db, ctx) },
})

export const batchGetRepositoryScanningConfiguration: Op<'BatchGetRepositoryScanningConfiguration'> = async (
  { repositoryNames },
  ctx,
) => {
  const scanningConfigurations = []
  const failures = []
  for (const repositoryName of repositoryNames) {
    const address = addressOf(ctx, { repositoryName })
    const found = await findRepository(ctx.store.db, address)
    if (found) scanningConfigurations.push(await described(ctx.store.db, found))
    else
      failures.push({
        repositoryName,
        failureCode: 'REPOSITORY_NOT_FOUND' as const,
        failureReason: ecrErrors.repositoryNotFound(address).message,
      })
  }
  return { scanningConfigurations, failures }
}

async function described(db: Db, repository: Repository) {
  const appliedScanFilters = await appliedFilters(db, repository)
  const scanOnPush = repository.scan_on_push === 1 || appliedScanFilters.length > 0
  return {
    repositoryArn: repositoryArn(repository),
    repositoryName: repository.name,
    scanOnPush,
    scanFrequency: scanOnPush ? ('SCAN_ON_PUSH' as const) : ('MANUAL' as const),
    appliedScanFilters,
  }
}

/** Whether images of the repository are scanned when they are pushed: by its own setting, or by the registry's. */
export const scansOnPush = async (db: Db, repository: Repository): Promise<boolean> =>
  repository.scan_on_push === 1 || (await appliedFilters(db, repository)).length > 0

async function appliedFilters(db: Db, repository: Repository) {
  const rules = await rulesOf(db, repository)
  const filters = rules.filter(rule => rule.scanFrequency === 'SCAN_ON_PUSH').flatMap(rule => rule.repositoryFilters)
  return filters.filter(({ filter }) => fits(filter, repository.name))
}

/** A filter without a wildcard fits names that hold it (ECR User Guide, Filters to choose which repositories are scanned). */
const fits = (filter: string, name: string): boolean =>
  matchesWildcard(filter.includes('*') ? filter : `*${filter}*`, name)
