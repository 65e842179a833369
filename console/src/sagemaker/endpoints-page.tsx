import { EndpointStatus, type EndpointSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { pathTo } from '../route/path-table.ts'
import { deleteEndpoint, endpoints } from './endpoint.ts'
import { columnTexts, endpointTexts as words } from './resource-texts.ts'

const nameOf = (endpoint: EndpointSummary): string => endpoint.EndpointName ?? ''

const columns = [
  ...nameColumns<EndpointSummary>({
    name: nameOf,
    href: endpoint => pathTo('endpoint', { name: nameOf(endpoint) }),
    created: endpoint => endpoint.CreationTime,
  }),
  {
    id: 'status',
    header: columnTexts.status,
    sortingField: 'Status',
    cell: (endpoint: EndpointSummary) => <Status word={endpoint.EndpointStatus} />,
  },
  { id: 'updated', header: columnTexts.updated, cell: (endpoint: EndpointSummary) => time(endpoint.LastModifiedTime) },
  { id: 'arn', header: columnTexts.arn, cell: (endpoint: EndpointSummary) => endpoint.EndpointArn },
]

export default function EndpointsPage() {
  const listing = useListing(endpoints)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      statuses={Object.values(EndpointStatus)}
      createAt={pathTo('createEndpoint')}
      actions={[
        {
          text: deletionVerb,
          ask: (endpoint, close) => (
            <Deletion
              name={nameOf(endpoint)}
              text={words.deletionText}
              kind={endpoints.kind}
              run={() => deleteEndpoint(region, nameOf(endpoint))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
