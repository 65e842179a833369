import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { Confirm } from '../kit/confirm.tsx'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { runTask } from '../shell/notices.tsx'
import { change, product } from './change.ts'
import { makeChanges } from './change-set.ts'
import { useOwnProduct } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.own

/** A product as its seller has it, and who sees it. */
export default function OwnProductPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useOwnProduct(name)
  const [asks, setAsks] = useState<'Public' | 'Restricted'>()
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const { Description: told = {}, Versions: versions = [] } = data.details
  const listing = pathTo('product', { name: name.replace(/^prod-/, 'prodview-') })
  return (
    <>
      <DetailsFrame
        title={told.ProductTitle ?? name}
        actions={[
          { text: words.view, run: () => navigate(listing) },
          {
            text: words.publish,
            isPrimary: true,
            refusal: told.Visibility === 'Limited' ? undefined : words.notLimited,
            run: () => setAsks('Public'),
          },
          {
            text: words.restrict,
            refusal: told.Visibility === 'Public' ? undefined : words.notPublic,
            run: () => setAsks('Restricted'),
          },
        ]}
        sections={[
          {
            title: words.summary,
            facts: [
              { label: partnerTexts.columns.visibility, value: <Status word={told.Visibility} /> },
              { label: partnerTexts.columns.id, value: <CopyLine line={name} /> },
              { label: words.code, value: told.ProductCode },
              { label: partnerTexts.information.short, value: told.ShortDescription },
            ],
          },
          {
            title: words.versions,
            content: (
              <PairTable
                label={words.versions}
                pairs={versions.map(({ VersionTitle = '', CreationDate = '' }) => [
                  VersionTitle,
                  time(new Date(CreationDate)),
                ])}
              />
            ),
          },
        ]}
      />
      {asks && (
        <Confirm
          title={`${asks === 'Public' ? words.publish : words.restrict}?`}
          text={asks === 'Public' ? words.publishText : words.restrictText}
          verb={asks === 'Public' ? words.publish : words.restrict}
          onClose={() => setAsks(undefined)}
          onConfirm={() =>
            void runTask({
              doing: words.doing,
              done: words.done(asks),
              failed: words.failed,
              run: () => makeChanges([change('UpdateVisibility', product, name, { TargetVisibility: asks })]),
            })
          }
        />
      )}
    </>
  )
}
