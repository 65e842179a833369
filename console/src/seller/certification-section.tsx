import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { saveJson } from '../kit/save-file.ts'
import { Status } from '../kit/status.tsx'
import { duration, time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { useValidationJobs, type ValidationJob } from './product.ts'
import { imageOf } from './scanned-image.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.details

/** A step as AlgorithmStatusDetails and ModelPackageStatusDetails tell it. */
interface Step {
  readonly Name?: string | undefined
  readonly Status?: string | undefined
  readonly FailureReason?: string | undefined
}

interface Props {
  readonly name: string
  readonly made: Date | undefined
  readonly isMaking: boolean
  readonly validation: readonly Step[]
  readonly scans: readonly Step[]
  /** What was described, for the report. */
  readonly described: object
}

interface Row extends Step {
  readonly job?: ValidationJob | undefined
  readonly image?: string
}

/** Each step of a certification in the order in which they run, with what it left behind. */
export function CertificationSection({ name, made, isMaking, validation, scans, described }: Props) {
  const progress = validation.map(({ Status: word }) => word).join()
  const jobs = useValidationJobs(name, made, isMaking, progress).data
  if (validation.length === 0) return <Box>{words.notAsked}</Box>
  const rows: Row[] = [
    ...validation.map(step => ({
      ...step,
      job: step.Name?.endsWith('-TrainingJob') ? jobs?.TrainingJob : jobs?.TransformJob,
    })),
    ...scans.map(step => ({ ...step, image: step.Name ?? '' })),
  ]
  return (
    <SpaceBetween size="m">
      <Box color="text-body-secondary">
        {sellerTexts.validation.validateWhy} {isMaking && words.mayTake}
      </Box>
      <Table<Row>
        variant="embedded"
        wrapLines
        items={rows}
        ariaLabels={{ tableLabel: words.steps }}
        columnDefinitions={[
          {
            id: 'step',
            header: words.step,
            isRowHeader: true,
            cell: ({ Name = '', image }) => (image === undefined ? Name : words.scanOf(image)),
          },
          { id: 'status', header: sellerTexts.columns.status, cell: ({ Status: word }) => <Status word={word} /> },
          { id: 'started', header: words.started, cell: ({ job }) => time(job?.started) },
          { id: 'duration', header: words.duration, cell: ({ job }) => duration(job?.started, job?.ended) },
          { id: 'evidence', header: words.evidence, cell: row => <Evidence row={row} /> },
          { id: 'reason', header: words.reason, cell: ({ FailureReason }) => FailureReason },
        ]}
      />
      <Button onClick={() => saveJson(`${name}-validation-report.json`, { ...described, jobs })}>
        {words.validationReport}
      </Button>
    </SpaceBetween>
  )
}

function Evidence({ row: { Name = '', job, image } }: { readonly row: Row }) {
  if (image !== undefined) {
    const place = imageOf(image)
    const href = place && `${pathTo('repository', { name: place.repository })}?tag=${encodeURIComponent(place.tag)}`
    return href ? (
      <Link href={href} onFollow={follow}>
        {words.scan}
      </Link>
    ) : null
  }
  return job ? (
    <Link href={job.href} onFollow={follow}>
      {Name.endsWith('-TrainingJob') ? words.trainingJob : words.transformJob}
    </Link>
  ) : null
}
