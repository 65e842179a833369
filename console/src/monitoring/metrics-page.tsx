import { type Dimension, ListMetricsCommand, type Metric } from '@aws-sdk/client-cloudwatch'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { cloudwatch } from '../api/cloudwatch.ts'
import { useRegion } from '../api/region.ts'
import { Loaded } from '../kit/loaded.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { useUrlState } from '../route/location.ts'
import { MetricGraph } from './metric-graph.tsx'
import { monitoringTexts as words } from './monitoring-texts.ts'

/** So many metrics are shown; a namespace narrows them down. */
const mostMetrics = 2000

function useMetrics(namespace: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['metrics-list', region, namespace],
    queryFn: async () => {
      const found: Metric[] = []
      let NextToken: string | undefined
      do {
        const ask = { NextToken, ...(namespace !== '' && { Namespace: namespace }) }
        const page = await cloudwatch(region).send(new ListMetricsCommand(ask))
        found.push(...(page.Metrics ?? []))
        NextToken = page.NextToken
      } while (NextToken !== undefined && found.length < mostMetrics)
      return found
    },
  })
}

const dimensionsOf = (dimensions: readonly Dimension[] = []): string =>
  dimensions.map(({ Name, Value }) => `${Name}: ${Value}`).join(', ')
const keyOf = ({ Namespace, MetricName, Dimensions }: Metric): string =>
  JSON.stringify([Namespace, MetricName, Dimensions])

/** Every metric by its namespace, and those that are selected as lines. */
export default function MetricsPage() {
  const all = useMetrics('')
  const [namespace, setNamespace] = useUrlState('namespace', '')
  const [chosen, setChosen] = useState<readonly Metric[]>([])
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={words.metricsWhy}>
          {words.metrics}
        </Header>
      }
    >
      <Loaded query={all}>
        {metrics => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">{words.graphed}</Header>}>
              {chosen.length === 0 ? (
                <Box color="text-body-secondary">{words.noneGraphed}</Box>
              ) : (
                <MetricGraph metrics={chosen} />
              )}
            </Container>
            <Browse
              metrics={metrics}
              namespace={namespace}
              setNamespace={setNamespace}
              chosen={chosen}
              choose={setChosen}
            />
          </SpaceBetween>
        )}
      </Loaded>
    </ContentLayout>
  )
}

interface BrowseProps {
  readonly metrics: readonly Metric[]
  readonly namespace: string
  setNamespace(name: string): void
  readonly chosen: readonly Metric[]
  choose(metrics: readonly Metric[]): void
}

function Browse({ metrics, namespace, setNamespace, chosen, choose }: BrowseProps) {
  const names = [...new Set(metrics.map(({ Namespace = '' }) => Namespace))].toSorted()
  const any = { value: '', label: words.chooseNamespace }
  const options = [any, ...names.map(value => ({ value, label: value }))]
  return (
    <Table<Metric>
      wrapLines
      header={
        <Header
          variant="h2"
          actions={
            <Select
              ariaLabel={words.namespace}
              options={options}
              selectedOption={options.find(({ value }) => value === namespace) ?? any}
              onChange={({ detail }) => setNamespace(detail.selectedOption.value ?? '')}
            />
          }
        >
          {words.metrics}
        </Header>
      }
      items={metrics.filter(({ Namespace }) => namespace === '' || Namespace === namespace)}
      trackBy={keyOf}
      selectionType="multi"
      selectedItems={chosen}
      onSelectionChange={({ detail }) => choose(detail.selectedItems)}
      ariaLabels={{
        tableLabel: words.metrics,
        selectionGroupLabel: words.selection,
        allItemsSelectionLabel: () => words.selection,
        itemSelectionLabel: (_, { MetricName = '', Dimensions }) => `${MetricName} ${dimensionsOf(Dimensions)}`,
      }}
      empty={
        <SpaceBetween size="xs" alignItems="center">
          <b>{words.noMetrics}</b>
          <Box color="text-body-secondary">{words.noMetricsWhy}</Box>
        </SpaceBetween>
      }
      columnDefinitions={asColumns<Metric>([
        { header: words.metric, cell: ({ MetricName }) => MetricName },
        { header: words.namespace, cell: ({ Namespace }) => Namespace },
        { header: words.dimensions, cell: ({ Dimensions }) => dimensionsOf(Dimensions) },
      ])}
    />
  )
}
