import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { PickButton, s3Picker } from '../kit/pick-button.tsx'
import { type ChannelValues, newChannel, type TrainingJobValues } from './training-job-values.ts'
import { trainingTexts } from './training-texts.ts'

const words = trainingTexts.form
const mostChannels = 20

/** A panel a channel. */
export function ChannelFields({ form }: { readonly form: FormState<TrainingJobValues> }) {
  const { channels } = form.values
  const put = (index: number, change: Partial<ChannelValues>) =>
    form.set(
      'channels',
      channels.map((channel, at) => (at === index ? { ...channel, ...change } : channel)),
    )
  return (
    <Field form={form} name="channels">
      <SpaceBetween size="m">
        {channels.map((channel, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a channel is known by its place, its name may be typed anew
          <ExpandableSection key={index} defaultExpanded headerText={channel.name || words.channelName}>
            <ChannelPanel channel={channel} onChange={change => put(index, change)} />
            <Button
              formAction="none"
              onClick={() =>
                form.set(
                  'channels',
                  channels.filter((_, at) => at !== index),
                )
              }
            >
              {words.removeChannel(channel.name)}
            </Button>
          </ExpandableSection>
        ))}
        <Button
          formAction="none"
          disabled={channels.length >= mostChannels}
          onClick={() => form.set('channels', [...channels, newChannel('')])}
        >
          {words.addChannel}
        </Button>
      </SpaceBetween>
    </Field>
  )
}

interface PanelProps {
  readonly channel: ChannelValues
  onChange(change: Partial<ChannelValues>): void
}

const options = {
  inputMode: ['', 'File', 'FastFile', 'Pipe'],
  compression: ['None', 'Gzip'],
  recordWrapper: ['None', 'RecordIO'],
  dataType: ['S3Prefix', 'ManifestFile', 'AugmentedManifestFile'],
  distribution: ['FullyReplicated', 'ShardedByS3Key'],
} as const

function ChannelPanel({ channel, onChange }: PanelProps) {
  const text = (name: 'name' | 'contentType' | 'uri', label: string, beside?: ReactNode) => (
    <FormField label={label} secondaryControl={beside}>
      <Input value={channel[name]} onChange={({ detail }) => onChange({ [name]: detail.value })} />
    </FormField>
  )
  const select = (name: keyof typeof options, label: string) => {
    const all = options[name].map(value => ({ value, label: value === '' ? words.asJob : value }))
    return (
      <FormField label={label}>
        <Select
          options={all}
          selectedOption={all.find(({ value }) => value === channel[name]) ?? null}
          onChange={({ detail }) => onChange({ [name]: detail.selectedOption.value })}
        />
      </FormField>
    )
  }
  return (
    <ColumnLayout columns={2}>
      {text('name', words.channelName)}
      {text('uri', words.uri, <PickButton picker={s3Picker} onChosen={uri => onChange({ uri })} />)}
      {select('inputMode', words.channelInputMode)}
      {text('contentType', words.contentType)}
      {select('compression', words.compression)}
      {select('recordWrapper', words.wrapper)}
      {select('dataType', words.dataType)}
      {select('distribution', words.distribution)}
    </ColumnLayout>
  )
}
