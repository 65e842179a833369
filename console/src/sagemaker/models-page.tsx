import type { ModelSummary } from '@aws-sdk/client-sagemaker'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { deleteModel, models } from './model.ts'
import { columnTexts, modelTexts as words } from './resource-texts.ts'

const nameOf = (model: ModelSummary): string => model.ModelName ?? ''

const columns = [
  ...nameColumns<ModelSummary>({
    name: nameOf,
    href: model => pathTo('model', { name: nameOf(model) }),
    created: model => model.CreationTime,
  }),
  { id: 'arn', header: columnTexts.arn, cell: (model: ModelSummary) => model.ModelArn },
]

export default function ModelsPage() {
  const listing = useListing(models)
  const [region] = useRegion()
  const [deleting, setDeleting] = useState<string>()
  return (
    <>
      <ResourceList
        plural={words.plural}
        purpose={words.purpose}
        listing={listing}
        columns={columns}
        nameOf={nameOf}
        create={{ text: words.create, href: pathTo('createModel') }}
        cli={words.cli}
        actions={[
          {
            text: words.createEndpoint,
            run: model => navigate(`${pathTo('createEndpointConfig')}?model=${encodeURIComponent(nameOf(model))}`),
          },
          {
            text: words.createTransformJob,
            run: model => navigate(`${pathTo('createTransformJob')}?model=${encodeURIComponent(nameOf(model))}`),
          },
          { text: deletionVerb, run: model => setDeleting(nameOf(model)) },
        ]}
      />
      {deleting !== undefined && (
        <Deletion
          name={deleting}
          text={words.deletionText}
          kind={models.kind}
          run={() => deleteModel(region, deleting)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  )
}
