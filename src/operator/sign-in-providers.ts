import {
  deleteSignInProvider as drop,
  type GroupRole,
  listSignInProviders as list,
  putSignInProvider as put,
} from '../console/sign-in-provider.ts'
import { ServiceError, ValidationException } from '../ground/errors.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import { loadIdentity } from '../iam/identity.ts'
import { findOpenIdProvider } from '../iam/open-id-provider.ts'
import type { Context } from '../service/context.ts'
import { inWords } from './in-words.ts'

type Asking = Pick<Context, 'store' | 'account'> & { readonly rootSecret: RootSecret }

/** The providers that people sign in to the console by. Their secrets are told to nobody. */
export async function listSignInProviders(_: unknown, ctx: Asking) {
  const providers = (await list(ctx)).map(({ name, providerArn, clientSecret, ...rest }) => ({
    ...{ ...rest, providerName: name, openIDConnectProviderArn: providerArn },
    hasClientSecret: clientSecret !== undefined,
  }))
  return { providers }
}

export interface SignInProviderInput {
  readonly providerName: string
  /** Of the operator's account. */
  readonly openIDConnectProviderArn: string
  readonly clientId: string
  /** The one that is kept stays where none is given. */
  readonly clientSecret?: string
  readonly scopes?: readonly string[]
  readonly groupsClaim?: string
  readonly roles: readonly GroupRole[]
}

/** Lets people sign in by a provider that the operator's account has made, and gives its groups roles. */
export async function putSignInProvider(input: SignInProviderInput, ctx: Asking) {
  const { openIDConnectProviderArn: arn, clientId, scopes = ['openid'], groupsClaim = 'groups', roles } = input
  const provider = await findOpenIdProvider(ctx.store, arn)
  if (provider?.account !== ctx.account)
    throw new ValidationException(`There is no identity provider ${arn} in the operator’s account.`)
  if (!(JSON.parse(provider.client_ids) as string[]).includes(clientId))
    throw new ValidationException(
      `${clientId} is no client of ${arn}: AddClientIDToOpenIDConnectProvider makes it one.`,
    )
  if (!scopes.includes('openid')) throw new ValidationException('The scopes of OpenID Connect hold openid.')
  for (const { roleArn } of roles)
    if ((await loadIdentity(ctx.store, 'arn', roleArn))?.kind !== 'role')
      throw new ValidationException(`There is no role ${roleArn}.`)
  const { providerName: name, clientSecret } = input
  await inWords(() => put(ctx, { name, providerArn: arn, clientId, clientSecret, scopes, groupsClaim, roles }))
  return {}
}

/** Nobody signs in by it any more; who is signed in stays so until their session ends. */
export async function deleteSignInProvider({ providerName }: { readonly providerName: string }, ctx: Asking) {
  if (!(await drop(ctx.store, providerName)))
    throw new ServiceError('ResourceNotFoundException', `There is no provider ${providerName} to sign in by.`)
  return {}
}
