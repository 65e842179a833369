import type { EndpointConfigSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { deleteEndpointConfig, endpointConfigs } from './endpoint-config.ts'
import { columnTexts, endpointConfigTexts as words } from './resource-texts.ts'

const nameOf = (config: EndpointConfigSummary): string => config.EndpointConfigName ?? ''

const columns = [
  ...nameColumns<EndpointConfigSummary>({
    name: nameOf,
    href: config => pathTo('endpointConfig', { name: nameOf(config) }),
    created: config => config.CreationTime,
  }),
  { id: 'arn', header: columnTexts.arn, cell: (config: EndpointConfigSummary) => config.EndpointConfigArn },
]

export default function EndpointConfigsPage() {
  const listing = useListing(endpointConfigs)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createAt={pathTo('createEndpointConfig')}
      actions={[
        {
          text: words.createEndpoint,
          run: config => navigate(`${pathTo('createEndpoint')}?config=${encodeURIComponent(nameOf(config))}`),
        },
        {
          text: deletionVerb,
          ask: (config, close) => (
            <Deletion
              name={nameOf(config)}
              text={words.deletionText}
              kind={endpointConfigs.kind}
              run={() => deleteEndpointConfig(region, nameOf(config))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
