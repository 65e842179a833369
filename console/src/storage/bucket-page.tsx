import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { type ReactNode, useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { CopyLine } from '../kit/copy-line.tsx'
import { deletionVerb } from '../kit/deletion.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { bytes } from './bytes.ts'
import { createFolder, deleteEntries, download, type Entry, useEntries } from './object.ts'
import { storageTexts as words } from './storage-texts.ts'
import { UploadPanel } from './upload-panel.tsx'
import { VersionsTable } from './versions-table.tsx'

interface At {
  readonly bucket: string
  readonly prefix: string
}

/** A bucket; `?prefix=FOLDER/` shows one of its folders, `&versions=shown` all versions below it. */
export default function BucketPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const [prefix] = useUrlState('prefix', '')
  const [versions, setVersions] = useUrlState('versions', '')
  return versions === '' ? (
    <Folder key={prefix} bucket={name} prefix={prefix} showVersions={() => setVersions('shown')} />
  ) : (
    <VersionsTable bucket={name} prefix={prefix} hide={() => setVersions('')} />
  )
}

function Folder({ bucket, prefix, showVersions }: At & { showVersions(): void }) {
  const entries = useEntries(bucket, prefix)
  const [chosen, setChosen] = useState<readonly Entry[]>([])
  const [asked, ask] = useState<ReactNode>()
  const close = () => ask(undefined)
  const uri = `s3://${bucket}/${prefix}`
  if (entries.query.error && entries.items.length === 0) return <ErrorAlert error={entries.query.error} />
  return (
    <>
      <Table<Entry>
        variant="full-page"
        wrapLines
        enableKeyboardNavigation
        loading={entries.query.isPending}
        loadingText={texts.loading}
        items={entries.items}
        trackBy="key"
        selectionType="multi"
        selectedItems={chosen}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems)}
        ariaLabels={{
          tableLabel: words.objects,
          selectionGroupLabel: words.selection,
          allItemsSelectionLabel: () => words.selection,
          itemSelectionLabel: (_, { key }) => texts.list.select(key),
        }}
        header={
          <Header
            variant="h1"
            description={<CopyLine line={uri} />}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="refresh"
                  ariaLabel={texts.list.refresh}
                  onClick={() => void queryClient.invalidateQueries({ queryKey: ['objects'] })}
                />
                <Button onClick={showVersions}>{words.showVersions}</Button>
                <Button
                  disabled={chosen.length === 0}
                  onClick={() => ask(<DeleteEntries {...{ bucket, chosen, close }} done={() => setChosen([])} />)}
                >
                  {deletionVerb}
                </Button>
                <Button onClick={() => ask(<CreateFolder {...{ bucket, prefix, close }} />)}>
                  {words.createFolder}
                </Button>
                <Button variant="primary" onClick={() => ask(<UploadPanel {...{ bucket, prefix, close }} />)}>
                  {words.upload}
                </Button>
              </SpaceBetween>
            }
          >
            {prefix === '' ? bucket : prefix}
          </Header>
        }
        filter={prefix !== '' && <Parent bucket={bucket} prefix={prefix} />}
        pagination={
          <Pagination
            currentPageIndex={entries.at + 1}
            pagesCount={entries.pages}
            openEnd={entries.hasMore}
            onChange={({ detail }) => entries.goTo(detail.currentPageIndex - 1)}
            ariaLabels={{ paginationLabel: words.objects }}
          />
        }
        empty={
          <SpaceBetween size="s" alignItems="center">
            <b>{words.none}</b>
            <div>{words.noneWhy}</div>
            <CopyLine line={words.uploadCli(uri)} />
          </SpaceBetween>
        }
        columnDefinitions={columnsOf({ bucket, prefix })}
      />
      {asked}
    </>
  )
}

const hrefOf = (bucket: string, prefix: string): string =>
  `${pathTo('bucket', { name: bucket })}${prefix === '' ? '' : `?prefix=${encodeURIComponent(prefix)}`}`

const Parent = ({ bucket, prefix }: At) => (
  <Link href={hrefOf(bucket, prefix.replace(/[^/]*\/?$/, ''))} onFollow={follow}>
    {words.up}
  </Link>
)

const columnsOf = ({ bucket, prefix }: At) =>
  asColumns<Entry>([
    {
      header: words.key,
      cell: ({ key, object }) =>
        object ? (
          key.slice(prefix.length)
        ) : (
          <Link href={hrefOf(bucket, key)} onFollow={follow}>
            {key.slice(prefix.length)}
          </Link>
        ),
    },
    { header: words.type, cell: ({ object }) => (object ? words.object : words.folder) },
    { header: words.modified, cell: ({ object }) => time(object?.modified) },
    { header: words.size, cell: ({ object }) => (object ? bytes(object.size) : texts.none) },
    { header: words.storageClass, cell: ({ object }) => object?.storageClass ?? texts.none },
    { header: words.download, cell: ({ key, object }) => object && <Download bucket={bucket} objectKey={key} /> },
  ])

function Download({ bucket, objectKey }: { readonly bucket: string; readonly objectKey: string }) {
  const [region] = useRegion()
  return (
    <Button
      iconName="download"
      variant="inline-icon"
      ariaLabel={words.downloadOf(objectKey)}
      onClick={() => void download(region, bucket, objectKey)}
    />
  )
}

function CreateFolder({ bucket, prefix, close }: At & { close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { name: '' },
    { name: ({ name }) => (name.trim() === '' || name.includes('/') ? words.folderRule : undefined) },
  )
  return (
    <DialogForm
      title={words.createFolder}
      form={form}
      submitText={words.createFolder}
      done={words.created(form.values.name)}
      kinds={['objects']}
      submit={() => createFolder(region, bucket, `${prefix}${form.values.name}/`)}
      close={close}
    >
      <TextField form={form} name="name" label={words.folderName} constraint={words.folderRule} />
    </DialogForm>
  )
}

interface DeletionProps {
  readonly bucket: string
  readonly chosen: readonly Entry[]
  done(): void
  close(): void
}

function DeleteEntries({ bucket, chosen, done, close }: DeletionProps) {
  const [region] = useRegion()
  return (
    <Confirm
      title={words.deleteTitle(chosen.length)}
      text={words.deletion}
      verb={deletionVerb}
      word={{ label: words.typeIt, is: words.permanently }}
      onClose={close}
      onConfirm={async () => {
        await runTask({
          ...{ doing: words.deleting, done: words.deletedAll, failed: words.deleteFailed },
          run: () => deleteEntries(region, bucket, chosen),
        })
        done()
        await queryClient.invalidateQueries({ queryKey: ['objects'] })
      }}
    />
  )
}
