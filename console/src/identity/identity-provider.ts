import {
  AddClientIDToOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam'
import type { ListingSource } from '../kit/use-listing.ts'
import { client } from './identity.ts'

export interface ListedProvider {
  readonly arn: string
  /** The issuer, without its scheme. */
  readonly name: string
}

export interface Tag {
  readonly key: string
  readonly value: string
}

export interface Provider {
  readonly url: string
  readonly audiences: readonly string[]
  readonly thumbprints: readonly string[]
  readonly created: Date | undefined
  readonly tags: readonly Tag[]
}

export const nameOfProvider = (arn: string): string => arn.slice(arn.indexOf('/') + 1)

/** IAM lists all of an account's in one answer, without pages: they are found and paged here. */
export const identityProviders: ListingSource<ListedProvider> = {
  kind: 'identity-providers',
  isInTransition: () => false,
  async fetch({ NameContains = '', NextToken = '0', MaxResults }) {
    const { OpenIDConnectProviderList = [] } = await client().send(new ListOpenIDConnectProvidersCommand({}))
    const found = OpenIDConnectProviderList.map(({ Arn = '' }) => ({ arn: Arn, name: nameOfProvider(Arn) })).filter(
      ({ name }) => name.includes(NameContains),
    )
    const end = Number(NextToken) + MaxResults
    return { items: found.slice(Number(NextToken), end), nextToken: end < found.length ? String(end) : undefined }
  },
}

export async function readProvider(OpenIDConnectProviderArn: string): Promise<Provider> {
  const answer = await client().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
  return {
    url: `https://${answer.Url}`,
    audiences: answer.ClientIDList ?? [],
    thumbprints: answer.ThumbprintList ?? [],
    created: answer.CreateDate,
    tags: (answer.Tags ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value })),
  }
}

export const deleteProvider = (OpenIDConnectProviderArn: string) =>
  client().send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))

export const addAudience = (OpenIDConnectProviderArn: string, ClientID: string) =>
  client().send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }))

export const removeAudience = (OpenIDConnectProviderArn: string, ClientID: string) =>
  client().send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }))

export const putThumbprints = (OpenIDConnectProviderArn: string, ThumbprintList: string[]) =>
  client().send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }))

/** IAM takes tags one way and away another: what has gone goes first, since there may be no room for more. */
export async function putTags(OpenIDConnectProviderArn: string, before: readonly Tag[], after: readonly Tag[]) {
  const kept = new Set(after.map(({ key }) => key))
  const TagKeys = before.map(({ key }) => key).filter(key => !kept.has(key))
  if (TagKeys.length > 0)
    await client().send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys }))
  const Tags = asTags(after)
  if (Tags.length > 0) await client().send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags }))
}

export const asTags = (tags: readonly Tag[]) => tags.map(({ key, value }) => ({ Key: key, Value: value }))
