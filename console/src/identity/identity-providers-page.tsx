import Link from '@cloudscape-design/components/link'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { deleteProvider, identityProviders, type ListedProvider } from './identity-provider.ts'
import { providerTexts as words } from './identity-provider-texts.ts'

const columns = asColumns<ListedProvider>([
  {
    header: words.provider,
    cell: ({ arn, name }) => (
      <Link href={pathTo('identityProvider', { name: arn })} onFollow={follow}>
        {name}
      </Link>
    ),
  },
  { header: words.type, cell: () => words.typeName },
])

export default function IdentityProvidersPage() {
  const listing = useListing(identityProviders)
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={({ name }) => name}
      createAt={pathTo('createIdentityProvider')}
      actions={[
        {
          text: deletionVerb,
          ask: ({ arn, name }, close) => (
            <Deletion
              name={name}
              text={words.deletionText}
              kind={identityProviders.kind}
              run={() => deleteProvider(arn)}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
