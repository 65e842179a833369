import { TrainingInstanceType } from '@aws-sdk/client-sagemaker'
import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field, SelectField, TextField } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { KeyField } from '../kit/key-field.tsx'
import { kitTexts } from '../kit/kit-texts.ts'
import { PairRows } from '../kit/pair-rows.tsx'
import { imagePicker, s3Picker } from '../kit/pick-button.tsx'
import { RoleField } from '../kit/role-field.tsx'
import { useOwnAlgorithms } from './algorithm.ts'
import { ChannelFields } from './channel-fields.tsx'
import type { TrainingJobValues } from './training-job-values.ts'
import { trainingTexts } from './training-texts.ts'

const words = trainingTexts.form
interface Props {
  readonly form: FormState<TrainingJobValues>
}

/** The sections of the form, in the order of AWS's page. */
export const trainingJobFields = (form: Props['form']) => [
  { title: words.job, content: <JobSettings form={form} /> },
  { title: words.algorithm, content: <AlgorithmOptions form={form} /> },
  { title: words.resources, content: <Resources form={form} /> },
  { title: words.network, content: <Network form={form} /> },
  {
    title: words.hyperParameters,
    content: <Pairs form={form} name="hyperParameters" add={words.addHyperParameter} />,
  },
  { title: words.input, content: <ChannelFields form={form} /> },
  { title: words.checkpoint, content: <Checkpoint form={form} /> },
  { title: words.output, content: <Output form={form} /> },
  { title: words.spot, content: <Spot form={form} /> },
  {
    title: words.environment,
    content: <Pairs form={form} name="environment" add={words.addVariable} />,
  },
  { title: words.tags, content: <Pairs form={form} name="tags" add={words.addTag} /> },
]

const JobSettings = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
    <RoleField form={form} label={words.role} description={words.roleWhy} />
  </SpaceBetween>
)

export function AlgorithmOptions({ form }: Props) {
  const { source } = form.values
  const own = useOwnAlgorithms()
  const algorithms = (own.data ?? []).map(({ AlgorithmName = '' }) => ({ value: AlgorithmName }))
  return (
    <SpaceBetween size="m">
      <Field form={form} name="source" label={words.source}>
        <RadioGroup
          value={source}
          items={(['own', 'subscription', 'container'] as const).map(value => ({ value, label: words[value] }))}
          onChange={({ detail }) => form.set('source', detail.value)}
        />
      </Field>
      {source === 'own' && (
        <SelectField
          form={form}
          name="algorithm"
          label={words.chooseOwn}
          choices={algorithms}
          loading={own.isPending}
          placeholder={kitTexts.choose}
        />
      )}
      {source === 'subscription' && (
        <TextField form={form} name="algorithm" label={words.chooseSubscription} constraint={words.subscriptionRule} />
      )}
      {source === 'container' && (
        <TextField form={form} name="image" label={words.image} picker={imagePicker} constraint={words.imageRule} />
      )}
      <SelectField
        form={form}
        name="inputMode"
        label={words.inputMode}
        choices={['File', 'FastFile', 'Pipe'].map(value => ({ value }))}
      />
      {source === 'container' && (
        <Field form={form} name="metrics" label={words.metrics} optional>
          <PairRows
            pairs={form.values.metrics}
            add={words.addMetric}
            keyLabel={words.metricName}
            valueLabel={words.metricRegex}
            most={40}
            onChange={pairs => form.set('metrics', pairs)}
          />
        </Field>
      )}
    </SpaceBetween>
  )
}

const types = Object.values(TrainingInstanceType).map(value => ({ value }))
const units = ['seconds', 'minutes', 'hours', 'days'].map(value => ({ value }))

export const Resources = ({ form }: Props) => (
  <SpaceBetween size="m">
    <SelectField form={form} name="instanceType" label={words.instanceType} choices={types} />
    <TextField form={form} name="instanceCount" label={words.instanceCount} inputMode="numeric" />
    <TextField form={form} name="volume" label={words.volume} inputMode="numeric" />
    <KeyField form={form} name="volumeKey" label={words.volumeKey} />
    <TextField form={form} name="runtime" label={words.runtime} inputMode="numeric" />
    <SelectField form={form} name="runtimeUnit" label={words.runtimeUnit} choices={units} />
  </SpaceBetween>
)

export function Network({ form }: Props) {
  const isForced = form.values.source === 'subscription'
  return (
    <SpaceBetween size="m">
      <Box>
        {words.vpc}: {words.noVpc}. {words.vpcWhy}
      </Box>
      <Checkbox
        checked={form.values.isIsolated || isForced}
        disabled={isForced}
        description={isForced ? words.isolationForced : undefined}
        onChange={({ detail }) => form.set('isIsolated', detail.checked)}
      >
        {words.isolation}
      </Checkbox>
      <Checkbox checked={form.values.isEncrypted} onChange={({ detail }) => form.set('isEncrypted', detail.checked)}>
        {words.encryption}
      </Checkbox>
    </SpaceBetween>
  )
}

interface PairProps extends Props {
  readonly name: 'hyperParameters' | 'environment' | 'tags'
  readonly add: string
}

export const Pairs = ({ form, name, add }: PairProps) => (
  <Field form={form} name={name}>
    <PairRows pairs={form.values[name]} add={add} onChange={pairs => form.set(name, pairs)} />
  </Field>
)

export const Checkpoint = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField
      form={form}
      name="checkpointUri"
      label={words.checkpointUri}
      picker={s3Picker}
      constraint={words.s3Rule}
    />
    <TextField form={form} name="checkpointPath" label={words.checkpointPath} />
  </SpaceBetween>
)

export const Output = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField
      form={form}
      name="outputUri"
      label={words.outputUri}
      constraint={words.s3Rule}
      placeholder="s3://bucket/models"
      picker={s3Picker}
    />
    <KeyField form={form} name="outputKey" label={words.outputKey} />
    <SelectField
      form={form}
      name="outputCompression"
      label={words.outputCompression}
      choices={['GZIP', 'NONE'].map(value => ({ value }))}
    />
  </SpaceBetween>
)

export const Spot = ({ form }: Props) => (
  <SpaceBetween size="m">
    <Checkbox checked={form.values.isSpot} onChange={({ detail }) => form.set('isSpot', detail.checked)}>
      {words.isSpot}
    </Checkbox>
    {form.values.isSpot && <TextField form={form} name="maxWait" label={words.maxWait} inputMode="numeric" />}
  </SpaceBetween>
)
