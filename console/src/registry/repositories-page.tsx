import type { Repository } from '@aws-sdk/client-ecr'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { PushCommands } from './push-commands.tsx'
import { registryTexts as words } from './registry-texts.ts'
import { deleteRepository, repositories } from './repository.ts'

const nameOf = ({ repositoryName = '' }: Repository): string => repositoryName

const columns: readonly TableProps.ColumnDefinition<Repository>[] = [
  {
    id: 'name',
    header: words.name,
    isRowHeader: true,
    cell: item => (
      <Link href={pathTo('repository', { name: nameOf(item) })} onFollow={follow}>
        {nameOf(item)}
      </Link>
    ),
  },
  { id: 'uri', header: words.uri, cell: ({ repositoryUri = '' }) => <CopyLine line={repositoryUri} /> },
  { id: 'created', header: words.createdAt, cell: ({ createdAt }) => time(createdAt) },
  { id: 'mutability', header: words.mutability, cell: ({ imageTagMutability }) => imageTagMutability },
]

export default function RepositoriesPage() {
  const listing = useListing(repositories)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      isFoundByName={false}
      createAt={pathTo('createRepository')}
      actions={[
        {
          text: words.pushCommands,
          ask: (item, close) => <PushCommands name={nameOf(item)} uri={item.repositoryUri ?? ''} close={close} />,
        },
        {
          text: deletionVerb,
          ask: (item, close) => (
            <Deletion
              name={nameOf(item)}
              text={words.deletion}
              kind={repositories.kind}
              run={() => deleteRepository(region, nameOf(item))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
