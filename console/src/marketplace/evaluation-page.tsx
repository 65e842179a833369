import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection, type Fact } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { type Column, SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { type Evaluation, type EvaluationResult, useEvaluation } from './evaluation.ts'
import { evaluationTexts as words } from './evaluation-texts.ts'
import { StopEvaluation } from './stop-evaluation.tsx'

/** Products on one data set, side by side, the best by the metric first; looked at again while they run. */
export default function EvaluationPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useEvaluation(name)
  const [asks, setAsks] = useState(false)
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const refusal = data.status === 'IN_PROGRESS' ? undefined : words.ended
  return (
    <>
      <DetailsFrame
        title={`${words.title} ${name}`}
        actions={[{ text: words.stop, refusal, run: () => setAsks(true) }]}
        sections={[summary(data), side(data), dataOf(data)]}
      />
      {asks && <StopEvaluation id={name} close={() => setAsks(false)} />}
    </>
  )
}

const metricOf = (metric: string): string => `${metric}: ${(words.metrics as Record<string, string>)[metric] ?? ''}`

const summary = ({ status, metric, rows, trainingRows, createdAt }: Evaluation): DetailsSection => ({
  title: words.title,
  facts: [
    { label: words.status, value: <Status word={status} /> },
    { label: words.metric, value: metricOf(metric) },
    { label: words.rows, value: rows },
    ...(trainingRows === undefined ? [] : [{ label: words.trainingRows, value: trainingRows }]),
    { label: words.started, value: time(new Date(createdAt * 1000)) },
  ],
})

const rounded = (value: number | undefined): string =>
  value === undefined ? texts.none : String(Number(value.toPrecision(4)))

const ofResults: readonly Column<EvaluationResult>[] = [
  {
    header: words.columns.product,
    cell: ({ productId, productTitle, versionTitle, instanceType }) => (
      <>
        <Link href={pathTo('product', { name: `prodview-${productId.slice('prod-'.length)}` })} onFollow={follow}>
          {productTitle}
        </Link>
        <Box color="text-body-secondary">{`${versionTitle}, ${instanceType}`}</Box>
      </>
    ),
  },
  { header: words.columns.rank, cell: ({ rank }) => rank ?? texts.none },
  {
    header: words.columns.score,
    cell: ({ score, scoreProblem, failureReason }) =>
      score === undefined ? (failureReason ?? scoreProblem ?? texts.none) : rounded(score),
  },
  { header: words.columns.p50, cell: ({ latency }) => rounded(latency?.p50Ms) },
  { header: words.columns.p99, cell: ({ latency }) => rounded(latency?.p99Ms) },
  { header: words.columns.price, cell: ({ pricePerThousandRows: price }) => price ?? texts.none },
  {
    header: words.columns.minutes,
    cell: ({ usage: { minutes, trainingMinutes } }) =>
      trainingMinutes === undefined ? minutes : words.columns.minutesTo(minutes, trainingMinutes),
  },
  { header: words.status, cell: ({ status }) => <Status word={status} /> },
  { header: words.columns.jobs, cell: result => <Jobs result={result} /> },
]

const Jobs = ({ result: { trainingJobName, transformJobName } }: { readonly result: EvaluationResult }) => (
  <SpaceBetween size="xxs">
    {trainingJobName !== undefined && (
      <Link href={pathTo('trainingJob', { name: trainingJobName })} onFollow={follow}>
        {words.training}
      </Link>
    )}
    <Link href={pathTo('transformJob', { name: transformJobName })} onFollow={follow}>
      {words.answers}
    </Link>
  </SpaceBetween>
)

const side = ({ results }: Evaluation): DetailsSection => ({
  title: words.results,
  content: (
    <SpaceBetween size="s">
      <Box color="text-body-secondary">{words.resultsWhy}</Box>
      <SimpleTable label={words.results} items={results} columns={ofResults} empty={texts.none} />
    </SpaceBetween>
  ),
})

const place = (label: string, uri: string | undefined): Fact[] =>
  uri === undefined ? [] : [{ label, value: <CopyLine line={uri} /> }]

const dataOf = ({ input, labels, training, output, roleArn }: Evaluation): DetailsSection => ({
  title: words.data,
  facts: [
    ...place(words.input, input.s3Uri),
    { label: words.contentType, value: input.contentType },
    ...place(words.labels, labels?.s3Uri),
    ...(training?.channels ?? []).flatMap(({ channelName, s3Uri }) =>
      place(`${words.training}: ${channelName}`, s3Uri),
    ),
    ...place(words.output, output.s3Uri),
    ...place(words.role, roleArn),
  ],
})
