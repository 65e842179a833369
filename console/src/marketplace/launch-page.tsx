import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { navigate, useUrlState } from '../route/location.ts'
import { useFulfillmentOptions } from './discovery.ts'
import { type Launch, launchesOf } from './launch.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { RegionField } from './price-facts.tsx'
import { productOf, useAgreement } from './subscription.ts'
import { Usage } from './usage.tsx'

const words = marketplaceTexts.launch

/** From an agreement into the form that uses the product: which version, what for, by clicks or by a shell. */
export default function LaunchPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const { data, error } = useAgreement(name)
  const [given, setArn] = useUrlState('arn', '')
  const [what, setWhat] = useState('')
  const productId = data && productOf(data.agreement)
  const versions = useFulfillmentOptions(productId).data ?? []
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const [newest = ''] = data.arns
  const arn = data.arns.includes(given) ? given : newest
  const launches = launchesOf(arn)
  const launch = launches.find(({ id }) => id === what) ?? launches[0]
  return (
    <DetailsFrame
      title={words.title}
      description={`${data.product ?? ''} ${words.description}`}
      actions={[{ text: words.view, isPrimary: true, run: () => launch && navigate(launch.href) }]}
      sections={[
        {
          title: words.version,
          content: (
            <SpaceBetween size="m">
              <ArnField arns={data.arns} arn={arn} setArn={setArn} />
              <RegionField />
              <Box>{words.isolation}</Box>
            </SpaceBetween>
          ),
        },
        { title: words.options, content: launch && <Options {...{ launches, launch, setWhat }} /> },
        { title: words.usage, content: productId !== undefined && <Usage productId={productId} versions={versions} /> },
      ]}
    />
  )
}

interface ArnProps {
  readonly arns: readonly string[]
  readonly arn: string
  setArn(arn: string): void
}

function ArnField({ arns, arn, setArn }: ArnProps) {
  const nameOf = (one: string) => one.slice(one.lastIndexOf('/') + 1)
  const options = arns.map((value, index) => ({
    value,
    label: index === 0 ? words.newest(nameOf(value)) : nameOf(value),
  }))
  return (
    <SpaceBetween size="m">
      <FormField label={words.version}>
        <Select
          options={options}
          selectedOption={options.find(({ value }) => value === arn) ?? null}
          onChange={({ detail }) => setArn(detail.selectedOption.value ?? '')}
        />
      </FormField>
      <FormField label={words.arn}>
        <CopyLine line={arn} />
      </FormField>
    </SpaceBetween>
  )
}

interface OptionProps {
  readonly launches: readonly Launch[]
  readonly launch: Launch
  setWhat(what: string): void
}

function Options({ launches, launch, setWhat }: OptionProps) {
  const [method, setMethod] = useState('console')
  return (
    <SpaceBetween size="m">
      <FormField label={words.methods}>
        <SegmentedControl
          label={words.methods}
          selectedId={method}
          options={[
            { id: 'console', text: words.console },
            { id: 'cli', text: words.cli },
          ]}
          onChange={({ detail }) => setMethod(detail.selectedId)}
        />
      </FormField>
      <FormField label={words.options} description={words.running}>
        <RadioGroup
          value={launch.id}
          items={launches.map(({ id }) => ({ value: id, label: words[id] }))}
          onChange={({ detail }) => setWhat(detail.value)}
        />
      </FormField>
      {method === 'cli' && launch.lines.map(line => <CopyLine key={line} line={line} />)}
    </SpaceBetween>
  )
}
