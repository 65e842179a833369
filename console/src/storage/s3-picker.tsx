import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import Modal from '@cloudscape-design/components/modal'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { Loaded } from '../kit/loaded.tsx'
import type { PickerProps } from '../kit/pick-button.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { texts } from '../texts.ts'
import { bytes } from './bytes.ts'
import { type Entry, useBuckets, useEntries } from './object.ts'
import { storageTexts as words } from './storage-texts.ts'
import { UploadPanel } from './upload-panel.tsx'

/** A bucket, a folder of it, or an object, as `s3://…`; files may be uploaded into the folder first. */
export default function S3Picker({ onChosen, close }: PickerProps) {
  const [at, setAt] = useState<{ bucket: string; prefix: string }>()
  const [uploads, setUploads] = useState(false)
  const choose = (key: string) => {
    onChosen(`s3://${at?.bucket}/${key}`)
    close()
  }
  return (
    <Modal
      visible
      size="large"
      header={words.browseTitle}
      closeAriaLabel={texts.form.close}
      onDismiss={close}
      footer={
        at && (
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" onClick={() => setUploads(true)}>
                {words.upload}
              </Button>
              <Button formAction="none" variant="primary" onClick={() => choose(at.prefix)}>
                {words.choosePrefix}
              </Button>
            </SpaceBetween>
          </Box>
        )
      }
    >
      {at === undefined ? (
        <Buckets open={bucket => setAt({ bucket, prefix: '' })} />
      ) : (
        <Entries
          key={at.prefix}
          {...at}
          open={prefix => setAt({ bucket: at.bucket, prefix })}
          up={() =>
            setAt(at.prefix === '' ? undefined : { bucket: at.bucket, prefix: at.prefix.replace(/[^/]*\/?$/, '') })
          }
          choose={choose}
        />
      )}
      {at && uploads && <UploadPanel {...at} close={() => setUploads(false)} />}
    </Modal>
  )
}

function Buckets({ open }: { open(bucket: string): void }) {
  const query = useBuckets()
  return (
    <Loaded query={query}>
      {buckets => (
        <SimpleTable
          label={words.plural}
          items={buckets}
          empty={words.cli}
          columns={[
            { header: words.name, cell: ({ Name = '' }) => <Link onFollow={() => open(Name)}>{Name}</Link> },
            { header: words.creationDate, cell: ({ CreationDate }) => time(CreationDate) },
          ]}
        />
      )}
    </Loaded>
  )
}

interface EntriesProps {
  readonly bucket: string
  readonly prefix: string
  open(prefix: string): void
  up(): void
  choose(key: string): void
}

function Entries({ bucket, prefix, open, up, choose }: EntriesProps) {
  const entries = useEntries(bucket, prefix)
  if (entries.query.error && entries.items.length === 0) return <ErrorAlert error={entries.query.error} />
  return (
    <SpaceBetween size="s">
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <Button formAction="none" onClick={up}>
          {words.up}
        </Button>
        <Box>{`s3://${bucket}/${prefix}`}</Box>
      </SpaceBetween>
      <SimpleTable<Entry>
        label={words.objects}
        items={entries.items}
        loading={entries.query.isPending}
        empty={words.none}
        columns={[
          {
            header: words.key,
            cell: ({ key, object }) =>
              object ? key.slice(prefix.length) : <Link onFollow={() => open(key)}>{key.slice(prefix.length)}</Link>,
          },
          { header: words.size, cell: ({ object }) => (object ? bytes(object.size) : texts.none) },
          {
            header: words.choose,
            cell: ({ key }) => (
              <Button formAction="none" ariaLabel={words.chooseEntry(key)} onClick={() => choose(key)}>
                {words.choose}
              </Button>
            ),
          },
        ]}
      />
      {(entries.pages > 1 || entries.hasMore) && (
        <Pagination
          currentPageIndex={entries.at + 1}
          pagesCount={entries.pages}
          openEnd={entries.hasMore}
          onChange={({ detail }) => entries.goTo(detail.currentPageIndex - 1)}
          ariaLabels={{ paginationLabel: words.objects }}
        />
      )}
    </SpaceBetween>
  )
}
