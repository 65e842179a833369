import { DescribeEntityCommand, ListEntitiesCommand } from '@aws-sdk/client-marketplace-catalog'
import { useQuery } from '@tanstack/react-query'
import { catalog } from '../api/catalog.ts'
import { queryClient } from '../api/query-client.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import { change } from '../partner/change.ts'
import { makeChanges } from '../partner/change-set.ts'
import { productName } from './discovery.ts'

const Catalog = 'AWSMarketplace'
const experience = 'Experience@1.0'
const kind = 'experiences'

export interface ExperienceRow {
  readonly id: string
  readonly name: string
  readonly modified: Date | undefined
}

/** The private marketplaces of this account. */
export const experiences: ListingSource<ExperienceRow> = {
  kind,
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken }) {
    const page = await catalog().send(
      new ListEntitiesCommand({
        ...{ Catalog, EntityType: 'Experience', MaxResults: Math.min(50, MaxResults), NextToken },
      }),
    )
    const items = (page.EntitySummaryList ?? []).map(
      ({ EntityId: id = '', Name: name = '', LastModifiedDate: at }) => ({
        ...{ id, name, modified: at === undefined ? undefined : new Date(at) },
      }),
    )
    return { items, nextToken: page.NextToken }
  },
}

interface ExperienceDocument {
  readonly Name?: string
  readonly Status: 'Enabled' | 'Disabled'
  readonly AdminStatus: string
  readonly ProcurementPolicies: readonly string[]
  readonly BrandingSettings: readonly string[]
}

/** How a private marketplace looks to its people. */
export interface Branding {
  readonly Title?: string
  readonly Information?: string
  readonly ThemeColor?: string
  readonly LogoUrl?: string
}

interface PolicyDocument {
  readonly Statements: readonly {
    readonly Effect: 'Allow' | 'Deny'
    readonly Resources: readonly { readonly Ids: readonly string[]; readonly Notes?: string }[]
  }[]
}

const describe = async <Document>(EntityId: string): Promise<Document> => {
  const { DetailsDocument } = await catalog().send(new DescribeEntityCommand({ Catalog, EntityId }))
  return DetailsDocument as unknown as Document
}

export interface DecidedProduct {
  readonly id: string
  readonly name: string
  readonly notes: string | undefined
}

async function decided({ Statements }: PolicyDocument, effect: 'Allow' | 'Deny'): Promise<DecidedProduct[]> {
  const resources = Statements.filter(({ Effect }) => Effect === effect).flatMap(each => each.Resources)
  const listed = resources.flatMap(({ Ids, Notes: notes }) => Ids.map(id => ({ id, notes })))
  return Promise.all(listed.map(async ({ id, notes }) => ({ id, notes, name: (await productName(id)) ?? id })))
}

/** Everything that the page of a private marketplace shows of it. */
export const useExperience = (id: string) =>
  useQuery({
    queryKey: [kind, id],
    async queryFn() {
      const { Name, Status, AdminStatus, ProcurementPolicies, BrandingSettings } =
        await describe<ExperienceDocument>(id)
      const [policyId] = ProcurementPolicies
      const [brandingId] = BrandingSettings
      const branding = brandingId === undefined ? undefined : await describe<{ Configuration: Branding }>(brandingId)
      const policy = policyId === undefined ? undefined : await describe<PolicyDocument>(policyId)
      return {
        ...{ id, name: Name ?? id, status: Status, isArchived: AdminStatus === 'Restricted' },
        allowed: policy ? await decided(policy, 'Allow') : [],
        denied: policy ? await decided(policy, 'Deny') : [],
        accounts: await accountsOf(id),
        branding: branding?.Configuration,
      }
    },
  })

export type ExperienceView = NonNullable<ReturnType<typeof useExperience>['data']>

/** Of its audience, which names its experience. */
async function accountsOf(experienceId: string): Promise<readonly string[]> {
  for (let NextToken: string | undefined; ; ) {
    const page = await catalog().send(
      new ListEntitiesCommand({ Catalog, EntityType: 'Audience', MaxResults: 50, NextToken }),
    )
    for (const { EntityId = '' } of page.EntitySummaryList ?? []) {
      const { ExperienceId, Principals } = await describe<{ ExperienceId: string; Principals: string[] }>(EntityId)
      if (ExperienceId === experienceId) return Principals
    }
    if (page.NextToken === undefined) return []
    NextToken = page.NextToken
  }
}

const refresh = () => queryClient.invalidateQueries({ queryKey: [kind] })

/** With a policy that approves nothing yet. Returns its id. */
export async function createExperience(Name: string): Promise<string> {
  const created = { ...change('CreateExperience', experience, undefined, { Name }), ChangeName: 'Experience' }
  const policy = change('CreateProcurementPolicy', experience, '$Experience.Entity.Identifier', { Name })
  const id = await makeChanges([created, policy])
  await refresh()
  return id
}

export async function changeExperience(id: string, type: string, details: object): Promise<void> {
  await makeChanges([change(type, experience, id, details)])
  await refresh()
}

/** Made with the first words that it is given. */
export const changeBranding = ({ id, name, branding }: ExperienceView, Configuration: Branding): Promise<void> =>
  branding
    ? changeExperience(id, 'UpdateBrandingSettings', { Configuration })
    : changeExperience(id, 'CreateBrandingSettings', { Name: name, Configuration })
