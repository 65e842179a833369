import type { ImageDetail } from '@aws-sdk/client-ecr'
import Button from '@cloudscape-design/components/button'
import Spinner from '@cloudscape-design/components/spinner'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { saveJson } from '../kit/save-file.ts'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useUrlState } from '../route/location.ts'
import { runTask } from '../shell/notices.tsx'
import { PushCommands } from './push-commands.tsx'
import { registryTexts as words } from './registry-texts.ts'
import { scanReport, startScan, useImages, useRepository } from './repository.ts'

/** A repository and its images; `?tag=TAG` shows those of one tag. */
export default function RepositoryPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data: repository, error } = useRepository(name)
  const [pushes, setPushes] = useState(false)
  if (error && !repository) return <ErrorAlert error={error} />
  if (!repository) return <Spinner size="large" />
  const uri = repository.repositoryUri ?? ''
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[{ text: words.pushCommands, isPrimary: true, run: () => setPushes(true) }]}
        sections={[
          {
            title: words.settings,
            facts: [
              { label: words.uri, value: <CopyLine line={uri} /> },
              { label: words.createdAt, value: time(repository.createdAt) },
              { label: words.mutability, value: repository.imageTagMutability },
            ],
          },
          { title: words.images, content: <Images name={name} uri={uri} /> },
        ]}
      />
      {pushes && <PushCommands name={name} uri={uri} close={() => setPushes(false)} />}
    </>
  )
}

interface Props {
  readonly name: string
  readonly uri: string
}

function Images({ name, uri }: Props) {
  const { data = [], error, isPending } = useImages(name)
  const [tag] = useUrlState('tag', '')
  if (error) return <ErrorAlert error={error} />
  return (
    <Table<ImageDetail>
      variant="embedded"
      wrapLines
      loading={isPending}
      items={data.filter(({ imageTags }) => tag === '' || imageTags?.includes(tag))}
      empty={words.noImages}
      ariaLabels={{ tableLabel: words.images }}
      columnDefinitions={[
        { id: 'tags', header: words.tags, isRowHeader: true, cell: tagsOf },
        { id: 'uri', header: words.imageUri, cell: image => <CopyLine line={uriOf(uri, image)} /> },
        { id: 'pushed', header: words.pushedAt, cell: ({ imagePushedAt }) => time(imagePushedAt) },
        {
          id: 'size',
          header: words.size,
          cell: ({ imageSizeInBytes = 0 }) => `${(imageSizeInBytes / 1e6).toFixed(1)} MB`,
        },
        {
          id: 'scan',
          header: words.scanStatus,
          cell: ({ imageScanStatus }) =>
            imageScanStatus?.status === undefined ? words.noScan : <Status word={imageScanStatus.status} />,
        },
        { id: 'findings', header: words.findings, cell: findingsOf },
        { id: 'report', header: words.report, cell: image => <ScanButtons name={name} image={image} /> },
      ]}
    />
  )
}

const tagsOf = ({ imageTags = [] }: ImageDetail): string =>
  imageTags.length === 0 ? words.untagged : imageTags.join(', ')

const uriOf = (uri: string, { imageTags: [tag] = [], imageDigest }: ImageDetail): string =>
  tag === undefined ? `${uri}@${imageDigest}` : `${uri}:${tag}`

/** How many of each severity, or why none can be told. */
function findingsOf({ imageScanFindingsSummary: summary, imageScanStatus: scan }: ImageDetail): string {
  const counts = Object.entries(summary?.findingSeverityCounts ?? {})
  if (!summary) return scan?.description ?? words.noScan
  return counts.length === 0 ? words.noFindings : counts.map(([severity, count]) => `${severity}: ${count}`).join(', ')
}

function ScanButtons({ name, image }: { readonly name: string; readonly image: ImageDetail }) {
  const [region] = useRegion()
  const save = async () =>
    saveJson(`${name.replaceAll('/', '-')}-scan-report.json`, await scanReport(region, name, image.imageDigest))
  const task = (done: string, run: () => Promise<void>) =>
    void runTask({ doing: words.scanNow, done, failed: words.scanFailed, run })
  const status = image.imageScanStatus?.status
  return status === 'COMPLETE' || status === 'FAILED' ? (
    <Button ariaLabel={words.reportOf(tagsOf(image))} onClick={() => task(words.report, save)}>
      {words.report}
    </Button>
  ) : (
    <Button
      ariaLabel={words.scanOf(tagsOf(image))}
      onClick={() => task(words.scanning, () => startScan(region, name, image.imageDigest))}
    >
      {words.scanNow}
    </Button>
  )
}
