import Box from '@cloudscape-design/components/box'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { Loaded } from '../kit/loaded.tsx'
import { Markdown } from '../kit/markdown.tsx'
import type { FulfillmentOption } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { Measured } from './measured.tsx'
import { OutwardLink, PayloadFacts } from './payload-facts.tsx'
import { SampleNotebook } from './sample-notebook.tsx'
import { useVersionUsage } from './version-usage.ts'

const words = marketplaceTexts.product

interface Props {
  readonly productId: string
  readonly versions: readonly FulfillmentOption[]
}

/** How a version is used, in the seller's own words, and what its certification measured. */
export function Usage({ productId, versions }: Props) {
  const [chosen, setChosen] = useState<string>()
  const version = versions.find(({ fulfillmentOptionId: id }) => id === chosen) ?? versions[0]
  if (!version) return <Spinner />
  const options = versions.map(({ fulfillmentOptionId: value, fulfillmentOptionVersion: label = value }) => ({
    value,
    label,
  }))
  return (
    <SpaceBetween size="m">
      <Select
        inlineLabelText={words.version}
        options={options}
        selectedOption={options.find(({ value }) => value === version.fulfillmentOptionId) ?? null}
        onChange={({ detail }) => setChosen(detail.selectedOption.value)}
      />
      <KeyValuePairs
        columns={3}
        items={Object.entries(version.recommendation ?? {}).map(([use, value]) => ({
          label: `${words.recommended}: ${words.recommendation[use] ?? use}`,
          value,
        }))}
      />
      <Markdown text={version.usageInstructions ?? ''} />
      <Details productId={productId} optionId={version.fulfillmentOptionId} />
      <Box variant="h3">{marketplaceTexts.measured.title}</Box>
      <Measured productId={productId} optionId={version.fulfillmentOptionId} />
    </SpaceBetween>
  )
}

const Details = ({ productId, optionId }: { readonly productId: string; readonly optionId: string }) => (
  <Loaded query={useVersionUsage(productId, optionId)}>
    {({ input, output, repositoryUrl, sampleNotebookUrl }) => (
      <SpaceBetween size="m">
        <PayloadFacts title={words.inputs} payload={input} />
        <PayloadFacts title={words.outputs} payload={output} />
        <SpaceBetween size="xs">
          <Box variant="h3">{words.repository}</Box>
          <OutwardLink url={repositoryUrl} text={repositoryUrl} />
        </SpaceBetween>
        <SampleNotebook url={sampleNotebookUrl} />
      </SpaceBetween>
    )}
  </Loaded>
)
