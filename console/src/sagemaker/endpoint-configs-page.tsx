import type { EndpointConfigSummary } from '@aws-sdk/client-sagemaker'
import { useState } from 'react'
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
  const [deleting, setDeleting] = useState<string>()
  return (
    <>
      <ResourceList
        plural={words.plural}
        purpose={words.purpose}
        listing={listing}
        columns={columns}
        nameOf={nameOf}
        create={{ text: words.create, href: pathTo('createEndpointConfig') }}
        cli={words.cli}
        actions={[
          {
            text: words.createEndpoint,
            run: config => navigate(`${pathTo('createEndpoint')}?config=${encodeURIComponent(nameOf(config))}`),
          },
          { text: deletionVerb, run: config => setDeleting(nameOf(config)) },
        ]}
      />
      {deleting !== undefined && (
        <Deletion
          name={deleting}
          text={words.deletionText}
          kind={endpointConfigs.kind}
          run={() => deleteEndpointConfig(region, deleting)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  )
}
