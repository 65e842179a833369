import { setImmediate as turn } from 'node:timers/promises'
import type { Caller } from './authorization-token.ts'
import { refusalOf } from './registry-access.ts'
import { parseEcrHost } from './registry-address.ts'
import type { RegistryParts } from './registry-request.ts'
import { answer, type RegistryExchange } from './registry-request.ts'
import { readCount } from './registry-tags.ts'
import type { Repository } from './repository.ts'

export const catalogPath = '/v2/_catalog'

interface CatalogRequest extends RegistryParts, RegistryExchange {
  readonly caller: Caller
}

/** How many repositories one request looks at, whatever the caller may see of them; what is left follows under the Link. */
const mostExamined = 10_000
const batch = 200

/**
 * The repositories of one registry that the caller may describe, by name, `n` at a time after `last` (Docker Registry HTTP API V2,
 * Listing Repositories). The registry is the account of an ECR host name; under this installation's own name it is the caller's, and
 * names begin with the account as they do in every other path.
 */
export async function listCatalog(at: CatalogRequest): Promise<void> {
  const limit = readCount(at.query.get('n'))
  const host = parseEcrHost(at.request.headers.host ?? '')
  const { account, region } = host ?? { account: at.caller.principal.account, region: at.caller.region }
  const prefix = host ? '' : `${account}/`
  const last = at.query.get('last') ?? ''
  const page = await visible(at, { account, region }, last.startsWith(prefix) ? last.slice(prefix.length) : last, limit)
  const next = new URLSearchParams({ n: String(limit), last: `${prefix}${page.next}` })
  answer(
    at.response,
    200,
    {
      'content-type': 'application/json',
      link: page.next === undefined ? undefined : `<${catalogPath}?${next}>; rel="next"`,
    },
    JSON.stringify({ repositories: page.names.map(name => `${prefix}${name}`) }),
  )
}

interface Page {
  readonly names: readonly string[]
  /** The last name that was looked at, when there are more. */
  readonly next: string | undefined
}

async function visible(
  at: CatalogRequest,
  registry: { account: string; region: string },
  last: string,
  limit: number,
): Promise<Page> {
  const names: string[] = []
  let after = last
  if (limit === 0) return { names, next: undefined }
  for (let examined = 0; examined < mostExamined; examined += batch) {
    const found = await repositoriesAfter(at, registry, after)
    for (const repository of found) {
      if (names.length === limit) return { names, next: after }
      after = repository.name
      if (!(await refusalOf(at, repository, repository, 'ecr:DescribeRepositories'))) names.push(repository.name)
    }
    if (found.length < batch) return { names, next: undefined }
    await turn()
  }
  return { names, next: after }
}

const repositoriesAfter = (
  { store }: CatalogRequest,
  { account, region }: { account: string; region: string },
  after: string,
): Promise<Repository[]> =>
  store.db
    .selectFrom('ecr_repository')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '>', after)
    .orderBy('name')
    .limit(batch)
    .execute()
