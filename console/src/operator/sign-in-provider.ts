import type { ListingSource } from '../kit/use-listing.ts'
import { askOperator } from './operator-api.ts'

/** An OpenID Connect provider that people sign in to the console by. */
export interface SignInProvider {
  readonly providerName: string
  readonly openIDConnectProviderArn: string
  readonly clientId: string
  readonly hasClientSecret: boolean
  readonly scopes: readonly string[]
  readonly groupsClaim: string
  readonly roles: readonly { readonly group: string; readonly roleArn: string }[]
}

/** All of them at once: a sign-in page has room for few. */
export const signInProviders: ListingSource<SignInProvider> = {
  kind: 'sign-in-providers',
  isInTransition: () => false,
  async fetch() {
    const { providers } = await askOperator<{ providers?: readonly SignInProvider[] }>('GET', '/sign-in-providers')
    return { items: providers ?? [], nextToken: undefined }
  },
}

export const pathOf = (name: string): string => `/sign-in-providers/${encodeURIComponent(name)}`
