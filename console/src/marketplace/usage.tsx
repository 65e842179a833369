import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { Markdown } from '../kit/markdown.tsx'
import type { FulfillmentOption } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'

const words = marketplaceTexts.product

/** How a version is used: the seller's own words. */
export function Usage({ versions }: { readonly versions: readonly FulfillmentOption[] }) {
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
    </SpaceBetween>
  )
}
