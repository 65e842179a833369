import Button from '@cloudscape-design/components/button'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import {
  deleteProvider,
  identityProviders,
  nameOfProvider,
  type Provider,
  readProvider,
  removeAudience,
} from './identity-provider.ts'
import { AddAudience, ManageTags, ManageThumbprints, providerKind } from './identity-provider-dialogs.tsx'
import { providerTexts as words } from './identity-provider-texts.ts'

/** An OpenID Connect provider, by its ARN. */
export default function IdentityProviderPage({
  params: { name: arn = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const query = useQuery({ queryKey: [providerKind, arn], queryFn: () => readProvider(arn) })
  const [asked, ask] = useState<ReactNode>()
  const close = () => ask(undefined)
  const deletion = (
    <Deletion
      name={nameOfProvider(arn)}
      text={words.deletionText}
      kind={identityProviders.kind}
      to={pathTo('identityProviders')}
      run={() => deleteProvider(arn)}
      onClose={close}
    />
  )
  return (
    <Loaded query={query}>
      {provider => (
        <>
          <DetailsFrame
            title={nameOfProvider(arn)}
            actions={[
              { text: words.addAudience, run: () => ask(<AddAudience arn={arn} close={close} />) },
              {
                text: words.manageThumbprints,
                run: () => ask(<ManageThumbprints arn={arn} before={provider.thumbprints} close={close} />),
              },
              {
                text: words.manageTags,
                run: () => ask(<ManageTags arn={arn} before={provider.tags} close={close} />),
              },
              { text: deletionVerb, run: () => ask(deletion) },
            ]}
            sections={[
              summaryOf(arn, provider),
              { title: words.audiences, content: <Audiences arn={arn} provider={provider} ask={ask} /> },
              { title: words.verification, content: <Thumbprints provider={provider} /> },
              {
                title: words.tags,
                content: <PairTable label={words.tags} pairs={provider.tags.map(({ key, value }) => [key, value])} />,
              },
            ]}
          />
          {asked}
        </>
      )}
    </Loaded>
  )
}

const summaryOf = (arn: string, { url, created }: Provider) => ({
  title: words.summary,
  facts: [
    { label: words.provider, value: url },
    { label: words.type, value: words.typeName },
    { label: words.createdAt, value: time(created) },
    { label: 'ARN', value: <CopyLine line={arn} /> },
  ],
})

interface AudiencesProps {
  readonly arn: string
  readonly provider: Provider
  ask(dialog: ReactNode): void
}

const Audiences = ({ arn, provider, ask }: AudiencesProps) => {
  const removal = (id: string) => (
    <Deletion
      name={id}
      text={words.removal}
      kind={providerKind}
      run={() => removeAudience(arn, id)}
      onClose={() => ask(undefined)}
    />
  )
  return (
    <SimpleTable
      label={words.audiences}
      items={provider.audiences}
      empty={words.noAudiences}
      columns={[
        { header: words.audience, cell: id => id },
        {
          header: texts.form.remove,
          cell: id => (
            <Button ariaLabel={`${texts.form.remove} ${id}`} onClick={() => ask(removal(id))}>
              {texts.form.remove}
            </Button>
          ),
        },
      ]}
    />
  )
}

const Thumbprints = ({ provider }: { readonly provider: Provider }) => (
  <SimpleTable
    label={words.thumbprints}
    items={provider.thumbprints}
    empty={texts.none}
    columns={[{ header: words.thumbprints, cell: one => one }]}
  />
)
