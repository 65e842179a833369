import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { deletionVerb } from '../kit/deletion.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { bytes } from './bytes.ts'
import { download } from './object.ts'
import { deleteVersion, type ObjectVersion, setVersioning, useVersioning, useVersions } from './object-version.ts'
import { storageTexts as words } from './storage-texts.ts'

interface Props {
  readonly bucket: string
  readonly prefix: string
  /** Back to what is there now. */
  hide(): void
}

/** Every version of what lies below a folder: what was replaced, and what was deleted. */
export function VersionsTable({ bucket, prefix, hide }: Props) {
  const pages = useVersions(bucket, prefix)
  const versioning = useVersioning(bucket)
  const [region] = useRegion()
  const [removed, setRemoved] = useState<ObjectVersion>()
  if (pages.query.error && pages.items.length === 0) return <ErrorAlert error={pages.query.error} />
  const act = (done: string, run: () => Promise<unknown>) =>
    void runTask({
      ...{ doing: words.changing, done, failed: words.notChanged },
      async run() {
        await run()
        for (const kind of ['object-versions', 'objects', 'versioning'])
          await queryClient.invalidateQueries({ queryKey: [kind] })
      },
    })
  const next = versioning.data === 'Enabled' ? 'Suspended' : 'Enabled'
  return (
    <>
      <Table<ObjectVersion>
        variant="full-page"
        wrapLines
        enableKeyboardNavigation
        loading={pages.query.isPending}
        loadingText={texts.loading}
        items={pages.items}
        ariaLabels={{ tableLabel: words.versions }}
        header={
          <Header
            variant="h1"
            description={words.versioningIs(versioning.data ?? texts.none)}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  disabled={versioning.data === undefined}
                  onClick={() => act(words.versioningSet(next), () => setVersioning(region, bucket, next))}
                >
                  {next === 'Enabled' ? words.enableVersioning : words.suspendVersioning}
                </Button>
                <Button onClick={hide}>{words.hideVersions}</Button>
              </SpaceBetween>
            }
          >
            {words.versionsOf(prefix === '' ? bucket : prefix)}
          </Header>
        }
        pagination={
          <Pagination
            currentPageIndex={pages.at + 1}
            pagesCount={pages.pages}
            openEnd={pages.hasMore}
            onChange={({ detail }) => pages.goTo(detail.currentPageIndex - 1)}
            ariaLabels={{ paginationLabel: words.versions }}
          />
        }
        empty={words.noVersions}
        columnDefinitions={asColumns<ObjectVersion>([
          { header: words.key, cell: ({ key }) => key.slice(prefix.length) },
          { header: words.versionId, cell: ({ id }) => id },
          { header: words.type, cell: typeOf },
          { header: words.modified, cell: ({ modified }) => time(modified) },
          { header: words.size, cell: ({ size }) => (size === undefined ? texts.none : bytes(size)) },
          {
            header: texts.list.actions,
            cell: version => (
              <SpaceBetween direction="horizontal" size="xs">
                {version.size !== undefined && (
                  <Button
                    iconName="download"
                    variant="inline-icon"
                    ariaLabel={words.downloadOf(`${version.key} ${version.id}`)}
                    onClick={() => void download(region, bucket, version.key, version.id)}
                  />
                )}
                <Button
                  iconName="remove"
                  variant="inline-icon"
                  ariaLabel={`${deletionVerb} ${version.key} ${version.id}`}
                  onClick={() => setRemoved(version)}
                />
              </SpaceBetween>
            ),
          },
        ])}
      />
      {removed && (
        <Confirm
          title={words.deleteVersion(removed.key)}
          text={words.versionDeletion}
          verb={deletionVerb}
          word={{ label: words.typeIt, is: words.permanently }}
          onClose={() => setRemoved(undefined)}
          onConfirm={() => act(words.versionDeleted, () => deleteVersion(region, bucket, removed))}
        />
      )}
    </>
  )
}

const typeOf = ({ size, isLatest }: ObjectVersion): string =>
  [size === undefined ? words.deleteMarker : words.object, isLatest && words.latest].filter(Boolean).join(', ')
