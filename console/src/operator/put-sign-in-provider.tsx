import { DialogForm } from '../kit/dialog-form.tsx'
import { Field, TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { askOperator } from './operator-api.ts'
import { operatorTexts } from './operator-texts.ts'
import { pathOf, type SignInProvider, signInProviders } from './sign-in-provider.ts'

const words = operatorTexts.signIn
const isRole = (text: string): boolean => /^arn:aws:iam::\d{12}:role\/[!-~]+$/.test(text.trim())

const emptyProvider: SignInProvider = {
  ...{ providerName: '', openIDConnectProviderArn: '', clientId: '', hasClientSecret: false },
  ...{ scopes: ['openid'], groupsClaim: 'groups', roles: [{ group: '', roleArn: '' }] },
}

interface Props {
  /** The one that is changed, under its name; a new one without. */
  readonly provider?: SignInProvider
  close(): void
}

/** Lets people sign in by a provider, and says which group has which role. */
export function PutSignInProvider({ provider, close }: Props) {
  const before = provider ?? emptyProvider
  const form = useFormState(
    {
      ...{ name: before.providerName, arn: before.openIDConnectProviderArn, clientId: before.clientId, secret: '' },
      ...{ scopes: before.scopes.join(' '), groupsClaim: before.groupsClaim },
      roles: before.roles.map(({ group, roleArn }) => ({ key: group, value: roleArn })),
    },
    {
      name: ({ name }) => (/^[\w .-]{1,64}$/.test(name) ? undefined : words.nameRule),
      arn: ({ arn }) => (/^arn:aws:iam::\d{12}:oidc-provider\/\S+$/.test(arn.trim()) ? undefined : words.arnRule),
      clientId: ({ clientId }) => wanted(clientId),
      scopes: ({ scopes }) => (scopes.split(/\s+/).includes('openid') ? undefined : words.scopesRule),
      groupsClaim: ({ groupsClaim }) => wanted(groupsClaim),
      roles: ({ roles }) =>
        roles.length > 0 && pairsAreRight(roles) && roles.every(({ value }) => isRole(value))
          ? undefined
          : words.rolesRule,
    },
  )
  const { name, arn, clientId, secret, scopes, groupsClaim, roles } = form.values
  const title = provider ? words.change : words.create
  return (
    <DialogForm
      title={title}
      form={form}
      submitText={title}
      done={words.done(name)}
      kinds={[signInProviders.kind]}
      submit={() =>
        askOperator('PUT', pathOf(name), {
          ...{ openIDConnectProviderArn: arn.trim(), clientId: clientId.trim(), groupsClaim: groupsClaim.trim() },
          ...(secret !== '' && { clientSecret: secret }),
          scopes: scopes.trim().split(/\s+/),
          roles: roles.map(({ key, value }) => ({ group: key.trim(), roleArn: value.trim() })),
        })
      }
      close={close}
    >
      {!provider && <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />}
      <TextField form={form} name="arn" label={words.arn} description={words.arnWhy} />
      <TextField
        form={form}
        name="clientId"
        label={words.clientId}
        description={words.placeWhy(window.location.origin)}
      />
      <TextField
        form={form}
        name="secret"
        type="password"
        label={words.secret}
        optional
        {...(before.hasClientSecret && { description: words.secretStays })}
      />
      <TextField form={form} name="scopes" label={words.scopes} />
      <TextField form={form} name="groupsClaim" label={words.groupsClaim} description={words.groupsClaimWhy} />
      <Field form={form} name="roles" label={words.roles} description={words.rolesWhy}>
        <PairRows
          pairs={roles}
          add={words.addRole}
          keyLabel={words.group}
          valueLabel={words.roleArn}
          most={200}
          onChange={pairs => form.set('roles', [...pairs])}
        />
      </Field>
    </DialogForm>
  )
}
