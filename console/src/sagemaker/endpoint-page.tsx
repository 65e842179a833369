import type { DescribeEndpointOutput, ProductionVariant, ProductionVariantSummary } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import Table from '@cloudscape-design/components/table'
import { Suspense, useState } from 'react'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { kitTexts } from '../kit/kit-texts.ts'
import { PairTable } from '../kit/pair-table.tsx'
import { part } from '../kit/part.ts'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { pathTo } from '../route/path-table.ts'
import { deleteEndpoint, endpoints, useEndpoint } from './endpoint.ts'
import { useEndpointConfig } from './endpoint-config.ts'
import { useInferenceComponents } from './inference-component.ts'
import { InferenceComponentTable } from './inference-component-table.tsx'
import { inputWatchTexts } from './input-watch-texts.ts'
import { endpointTexts as words } from './resource-texts.ts'
import { useTags } from './training-job.ts'
import { VariantTable } from './variant-table.tsx'

const InputWatches = part(() => import('./input-watches.tsx'))
const LogView = part(() => import('../kit/log-view.tsx'))
const MetricCharts = part(() => import('../kit/metric-charts.tsx'))
const TestInference = part(() => import('./test-inference.tsx'))

export default function EndpointPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const { data: endpoint, error } = useEndpoint(name)
  const config = useEndpointConfig(endpoint?.EndpointConfigName)
  const hasComponents = config.data?.ProductionVariants?.some(({ ModelName }) => ModelName === undefined) ?? false
  const components = useInferenceComponents(name, hasComponents)
  const tags = useTags(endpoint?.EndpointArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !endpoint) return <ErrorAlert error={error} />
  if (!endpoint) return <Spinner size="large" />
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[{ text: deletionVerb, run: () => setAsks(true) }]}
        failure={{ title: words.failure, reason: endpoint.FailureReason }}
        sections={[
          summary(endpoint),
          live(words.test.title, <TestInference endpoint={endpoint} components={components.data ?? []} />),
          ...(hasComponents ? [componentSection(name, config.data?.ProductionVariants ?? [], components)] : []),
          { title: words.runtime, content: <Variants variants={endpoint.ProductionVariants ?? []} /> },
          {
            title: words.configuration,
            facts: [{ label: words.configName, value: endpoint.EndpointConfigName }],
            content: <VariantTable variants={config.data?.ProductionVariants ?? []} />,
          },
          ...(hasComponents
            ? []
            : [
                live(
                  inputWatchTexts.title,
                  <InputWatches
                    endpoint={name}
                    variants={(endpoint.ProductionVariants ?? []).flatMap(({ VariantName }) => VariantName ?? [])}
                  />,
                ),
              ]),
          live(
            words.monitor,
            <MetricCharts
              namespaces={['AWS/SageMaker', '/aws/sagemaker/Endpoints']}
              dimension={{ Name: 'EndpointName', Value: name }}
              from={endpoint.CreationTime}
              to={undefined}
              isLive={false}
            />,
          ),
          live(words.logs, <LogView group={`/aws/sagemaker/Endpoints/${name}`} streamPrefix="" isLive />),
          { title: words.tags, content: <PairTable label={words.tags} pairs={pairs} /> },
        ]}
      />
      {asks && (
        <Deletion
          name={name}
          text={words.deletionText}
          kind={endpoints.kind}
          to={pathTo('endpoints')}
          run={() => deleteEndpoint(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

const live = (title: string, content: React.ReactNode): DetailsSection => ({
  title,
  content: <Suspense fallback={<Spinner />}>{content}</Suspense>,
})

const summary = (endpoint: DescribeEndpointOutput): DetailsSection => ({
  title: words.summary,
  facts: [
    { label: kitTexts.facts.name, value: endpoint.EndpointName },
    { label: kitTexts.facts.status, value: <Status word={endpoint.EndpointStatus} /> },
    { label: kitTexts.facts.type, value: kitTexts.facts.realTime },
    { label: 'ARN', value: <CopyLine line={endpoint.EndpointArn ?? ''} /> },
    {
      label: words.url,
      value: <CopyLine line={`${window.location.origin}/endpoints/${endpoint.EndpointName}/invocations`} />,
    },
    { label: kitTexts.facts.created, value: time(endpoint.CreationTime) },
    { label: kitTexts.facts.updated, value: time(endpoint.LastModifiedTime) },
  ],
})

const componentSection = (
  endpoint: string,
  variants: readonly ProductionVariant[],
  { data, error }: ReturnType<typeof useInferenceComponents>,
): DetailsSection => {
  const names = variants.flatMap(({ ModelName, VariantName }) => (ModelName === undefined ? (VariantName ?? []) : []))
  return {
    title: words.components.title,
    content:
      error && !data ? (
        <ErrorAlert error={error} />
      ) : (
        <InferenceComponentTable endpoint={endpoint} variants={names} components={data} />
      ),
  }
}

const Variants = ({ variants }: { readonly variants: readonly ProductionVariantSummary[] }) => (
  <Table
    variant="embedded"
    items={variants}
    ariaLabels={{ tableLabel: words.runtime }}
    columnDefinitions={[
      { id: 'variant', header: words.variant, cell: one => one.VariantName, isRowHeader: true },
      { id: 'weight', header: words.currentWeight, cell: one => one.CurrentWeight },
      { id: 'desired-weight', header: words.desiredWeight, cell: one => one.DesiredWeight },
      { id: 'count', header: words.currentCount, cell: one => one.CurrentInstanceCount },
      { id: 'desired', header: words.desiredCount, cell: one => one.DesiredInstanceCount },
    ]}
  />
)
