import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { type AlgorithmValues, type ChannelSpecValues, newChannelSpec } from './algorithm-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.algorithm
/** The API takes no more. */
const most = 8

interface Props {
  readonly form: FormState<AlgorithmValues>
}

/** A panel for each channel that buyers bring data in. */
export function ChannelSpecFields({ form }: Props) {
  const { channels } = form.values
  const put = (index: number, change: Partial<ChannelSpecValues>) =>
    form.set(
      'channels',
      channels.map((channel, at) => (at === index ? { ...channel, ...change } : channel)),
    )
  const remove = (index: number) =>
    form.set(
      'channels',
      channels.filter((_, at) => at !== index),
    )
  return (
    <Field form={form} name="channels" description={words.channelsWhy}>
      <SpaceBetween size="m">
        {channels.map((channel, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a channel is known by its place, its name may be typed anew
          <ExpandableSection key={index} defaultExpanded headerText={channel.name || words.channelName}>
            <SpaceBetween size="m">
              <ChannelPanel channel={channel} onChange={change => put(index, change)} />
              <Button disabled={channels.length === 1} onClick={() => remove(index)}>
                {words.removeChannel(channel.name)}
              </Button>
            </SpaceBetween>
          </ExpandableSection>
        ))}
        <Button
          disabled={channels.length >= most}
          onClick={() => form.set('channels', [...channels, newChannelSpec('', false)])}
        >
          {words.addChannel}
        </Button>
      </SpaceBetween>
    </Field>
  )
}

interface PanelProps {
  readonly channel: ChannelSpecValues
  onChange(change: Partial<ChannelSpecValues>): void
}

const modes = [
  ['File', words.file],
  ['Pipe', words.pipe],
  ['FastFile', words.fastFile],
] as const
const compressions = [
  ['None', 'None'],
  ['Gzip', 'Gzip'],
] as const

function ChannelPanel({ channel, onChange }: PanelProps) {
  const text = (name: 'name' | 'description' | 'contentTypes', label: string, description?: string) => (
    <FormField label={label} description={description}>
      <Input value={channel[name]} onChange={({ detail }) => onChange({ [name]: detail.value })} />
    </FormField>
  )
  const checks = (
    name: 'modes' | 'compressions',
    label: string,
    choices: readonly (readonly [value: string, label: string])[],
  ) => (
    <FormField label={label}>
      {choices.map(([value, title]) => (
        <Checkbox
          key={value}
          checked={channel[name].includes(value)}
          onChange={({ detail }) =>
            onChange({
              [name]: detail.checked ? [...channel[name], value] : channel[name].filter(other => other !== value),
            })
          }
        >
          {title}
        </Checkbox>
      ))}
    </FormField>
  )
  return (
    <SpaceBetween size="m">
      {text('name', words.channelName)}
      <Checkbox checked={channel.isRequired} onChange={({ detail }) => onChange({ isRequired: detail.checked })}>
        {words.required}
      </Checkbox>
      {text('description', sellerTexts.columns.description)}
      {checks('modes', words.modes, modes)}
      {text('contentTypes', words.contentTypes, sellerTexts.serving.commas)}
      {checks('compressions', words.compressions, compressions)}
    </SpaceBetween>
  )
}
