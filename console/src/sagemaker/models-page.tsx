import type { ModelSummary } from '@aws-sdk/client-sagemaker'
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
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createAt={pathTo('createModel')}
      actions={[
        {
          text: words.createEndpoint,
          run: model => navigate(`${pathTo('createEndpointConfig')}?model=${encodeURIComponent(nameOf(model))}`),
        },
        {
          text: words.createTransformJob,
          run: model => navigate(`${pathTo('createTransformJob')}?model=${encodeURIComponent(nameOf(model))}`),
        },
        {
          text: deletionVerb,
          ask: (model, close) => (
            <Deletion
              name={nameOf(model)}
              text={words.deletionText}
              kind={models.kind}
              run={() => deleteModel(region, nameOf(model))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
