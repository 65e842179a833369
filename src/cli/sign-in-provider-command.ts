import { load } from '../model/load.ts'
import { validate } from '../model/validator.ts'
import { operatorAccount } from '../operator/operator-account.ts'
import {
  deleteSignInProvider,
  listSignInProviders,
  putSignInProvider,
  type SignInProviderInput,
} from '../operator/sign-in-providers.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { asOperator, onInstallation } from './on-installation.ts'
import { readSecret } from './read-secret.ts'

/** `modelmart sign-in-provider list`: a provider a line, with the groups that have roles. Secrets are told to nobody. */
export const signInProviderList = (context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    const { providers } = await listSignInProviders(undefined, await asking(installation))
    for (const { providerName, openIDConnectProviderArn, clientId, roles } of providers) {
      const groups = roles.map(({ group, roleArn }) => `${group}=${roleArn}`).join(' ')
      context.out.write(`${providerName}\t${openIDConnectProviderArn}\t${clientId}\t${groups}\n`)
    }
  })

export interface SignInProviderOptions {
  readonly provider: string
  readonly client: string
  readonly clientSecretFile?: string
  readonly scope: readonly string[]
  readonly groupsClaim?: string
  /** Each `GROUP=ARN`. */
  readonly role: readonly string[]
}

/** `modelmart sign-in-provider add NAME`: makes it, or changes the one of this name, whose secret stays where none is given. */
export const signInProviderAdd = (
  providerName: string,
  { provider, client, clientSecretFile: file, scope, groupsClaim, role }: SignInProviderOptions,
  context: CommandContext,
): Promise<void> => {
  const told = { providerName, openIDConnectProviderArn: provider, clientId: client, roles: role.map(groupRole) }
  const asked = { ...told, ...(scope.length > 0 && { scopes: scope }), ...(groupsClaim && { groupsClaim }) }
  return asOperator(context, { command: 'sign-in-provider add', parameters: asked }, async installation => {
    const input: SignInProviderInput = { ...asked, ...(file !== undefined && { clientSecret: readSecret(file) }) }
    validate(load('marketplace-operator'), { shape: 'PutSignInProviderInput' }, input)
    await putSignInProvider(input, await asking(installation))
    context.out.write(`people sign in by ${providerName} from now on\n`)
  })
}

/** `modelmart sign-in-provider remove NAME`: who is signed in stays so until their session ends. */
export const signInProviderRemove = (providerName: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'sign-in-provider remove', parameters: { providerName } }, async installation => {
    await deleteSignInProvider({ providerName }, await asking(installation))
    context.out.write(`nobody signs in by ${providerName} any more\n`)
  })

/** A group's name may hold an equals sign; a role's ARN begins at the last. */
function groupRole(text: string) {
  const [, group, roleArn] = /^(.+)=(arn:.+)$/.exec(text) ?? []
  return { group: group ?? text, roleArn: roleArn ?? '' }
}

/** As the operator's account, which the identity provider has to be of. */
async function asking({ store, rootSecret }: Installation) {
  const account = await operatorAccount(store.db)
  if (account === undefined)
    throw new Error('There is no operator’s account yet: `modelmart console --operator` makes one.')
  return { store, rootSecret, account }
}
