import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { useListing } from '../kit/use-listing.ts'
import { askOperator } from './operator-api.ts'
import { operatorTexts } from './operator-texts.ts'
import { PutSignInProvider } from './put-sign-in-provider.tsx'
import { pathOf, type SignInProvider, signInProviders } from './sign-in-provider.ts'

const words = operatorTexts.signIn

const columns = asColumns<SignInProvider>([
  { header: words.name, cell: ({ providerName }) => providerName },
  { header: words.arn, cell: ({ openIDConnectProviderArn }) => openIDConnectProviderArn },
  { header: words.clientId, cell: ({ clientId }) => clientId },
  {
    header: words.roles,
    cell: ({ roles }) => roles.map(({ group, roleArn }) => words.row(group, roleArn)).join('; '),
  },
])

/** By which providers people sign in, and what their groups may. */
export default function SignInProvidersPage() {
  const listing = useListing(signInProviders)
  return (
    <ResourceList
      words={words.list}
      listing={listing}
      columns={columns}
      nameOf={({ providerName }) => providerName}
      isFoundByName={false}
      createBy={close => <PutSignInProvider close={close} />}
      actions={[
        { text: words.change, ask: (provider, close) => <PutSignInProvider provider={provider} close={close} /> },
        {
          text: deletionVerb,
          ask: ({ providerName: name }, close) => (
            <Deletion
              name={name}
              text={words.deletion}
              kind={signInProviders.kind}
              run={() => askOperator('DELETE', pathOf(name))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
