import { CreateTransformJobCommand, TransformInstanceType } from '@aws-sdk/client-sagemaker'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { Field, SelectField, TextField } from '../kit/field.tsx'
import { type FormState, type Rules, useFormState, wanted } from '../kit/form-state.ts'
import { KeyField } from '../kit/key-field.tsx'
import { kitTexts } from '../kit/kit-texts.ts'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { s3Picker } from '../kit/pick-button.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { useModelChoices, useServing } from './model.ts'
import { count, nameRule } from './training-job-rules.ts'
import { trainingTexts } from './training-texts.ts'
import { useTransformJob } from './transform-job.ts'
import {
  clonedTransformJob,
  type TransformJobValues,
  transformJobFor,
  transformJobRequest,
} from './transform-job-values.ts'
import { transformTexts } from './transform-texts.ts'

const words = transformTexts.form
const labels = transformTexts.facts
const s3 = (uri: string) => (/^(https|s3):\/\/[^/]/.test(uri.trim()) ? undefined : words.s3Rule)
const number = (text: string) => (/^\d*$/.test(text.trim()) ? undefined : words.numberRule)
const path = (text: string) => (text.length <= 63 ? undefined : words.filterRule)
const rows = (pairs: TransformJobValues['tags']) => (pairsAreRight(pairs) ? undefined : trainingTexts.form.pairRule)

const rules: Rules<TransformJobValues> = {
  name: ({ name }) => nameRule(name),
  model: ({ model }) => wanted(model),
  count: values => count(values.count),
  concurrent: ({ concurrent }) => number(concurrent),
  payload: ({ payload }) => number(payload),
  uri: ({ uri }) => s3(uri),
  outputUri: ({ outputUri }) => s3(outputUri),
  inputFilter: ({ inputFilter }) => path(inputFilter),
  outputFilter: ({ outputFilter }) => path(outputFilter),
  environment: ({ environment }) => rows(environment),
  tags: ({ tags }) => rows(tags),
}

/** The form: empty, for a model (`?model=NAME`), or filled as another job (`?clone=NAME`). */
export default function CreateTransformJobPage() {
  const [clone] = useUrlState('clone', '')
  const [model] = useUrlState('model', '')
  return clone === '' ? <ServingForm model={model} /> : <ClonedForm name={clone} />
}

function ServingForm({ model }: { readonly model: string }) {
  const { data, error } = useServing(model)
  if (error && !data) return <ErrorAlert error={error} />
  return data ? <TransformJobForm initial={transformJobFor(model, data)} /> : <Spinner size="large" />
}

function ClonedForm({ name }: { readonly name: string }) {
  const { data, error } = useTransformJob(name)
  if (error && !data) return <ErrorAlert error={error} />
  return data ? <TransformJobForm initial={clonedTransformJob(data)} /> : <Spinner size="large" />
}

function TransformJobForm({ initial }: { readonly initial: TransformJobValues }) {
  const [region] = useRegion()
  const form = useFormState(initial, rules)
  const input = transformJobRequest(form.values)
  const { name } = form.values
  return (
    <PageForm
      title={transformTexts.create}
      description={words.description}
      form={form}
      sections={[
        { title: words.configuration, content: <Configuration form={form} /> },
        { title: transformTexts.sections.input, content: <Input form={form} /> },
        { title: transformTexts.sections.output, content: <Output form={form} /> },
        { title: words.filters, content: <Filters form={form} /> },
        { title: words.environment, content: <Pairs form={form} name="environment" add={words.addVariable} /> },
        { title: words.tags, content: <Pairs form={form} name="tags" add={words.addTag} /> },
      ]}
      submitText={transformTexts.create}
      back={pathTo('transformJobs')}
      request={{ service: 'sagemaker', operation: 'CreateTransformJob', input }}
      submit={async () => {
        await sagemaker(region).send(new CreateTransformJobCommand(input))
        told(transformTexts.created(name))
        return pathTo('transformJob', { name })
      }}
    />
  )
}

interface Props {
  readonly form: FormState<TransformJobValues>
}

const choices = (...values: string[]) => values.map(value => ({ value }))
const types = choices(...Object.values(TransformInstanceType))

function Configuration({ form }: Props) {
  const models = useModelChoices()
  return (
    <SpaceBetween size="m">
      <TextField form={form} name="name" label={labels.name} constraint={words.nameRule} />
      <SelectField
        form={form}
        name="model"
        label={labels.model}
        choices={models.data ?? []}
        loading={models.isPending}
        placeholder={kitTexts.choose}
      />
      <SelectField form={form} name="instanceType" label={labels.instanceType} choices={types} />
      <TextField form={form} name="count" label={labels.count} inputMode="numeric" />
      <TextField form={form} name="concurrent" label={labels.concurrent} optional constraint={words.byContainer} />
      <TextField form={form} name="payload" label={labels.payload} optional constraint={words.byContainer} />
      <SelectField
        form={form}
        name="strategy"
        label={labels.strategy}
        optional
        choices={choices('MultiRecord', 'SingleRecord')}
        placeholder={kitTexts.choose}
      />
      <KeyField form={form} name="volumeKey" label={labels.key} />
    </SpaceBetween>
  )
}

const Input = ({ form }: Props) => (
  <SpaceBetween size="m">
    <SelectField form={form} name="dataType" label={labels.dataType} choices={choices('S3Prefix', 'ManifestFile')} />
    <SelectField
      form={form}
      name="split"
      label={labels.split}
      choices={choices('None', 'Line', 'RecordIO', 'TFRecord')}
    />
    <SelectField form={form} name="compression" label={labels.compression} choices={choices('None', 'Gzip')} />
    <TextField form={form} name="contentType" label={labels.contentType} optional placeholder="text/csv" />
    <TextField form={form} name="uri" label={labels.uri} picker={s3Picker} constraint={words.s3Rule} />
  </SpaceBetween>
)

const Output = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField form={form} name="outputUri" label={labels.outputUri} picker={s3Picker} constraint={words.s3Rule} />
    <SelectField form={form} name="assemble" label={labels.assemble} choices={choices('None', 'Line')} />
    <TextField form={form} name="accept" label={labels.accept} optional />
    <KeyField form={form} name="outputKey" label={labels.key} />
  </SpaceBetween>
)

const Filters = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField form={form} name="inputFilter" label={labels.inputFilter} optional constraint={words.filterRule} />
    <SelectField form={form} name="join" label={labels.join} choices={choices('None', 'Input')} />
    <TextField form={form} name="outputFilter" label={labels.outputFilter} optional constraint={words.filterRule} />
  </SpaceBetween>
)

const Pairs = ({ form, name, add }: Props & { readonly name: 'environment' | 'tags'; readonly add: string }) => (
  <Field form={form} name={name}>
    <PairRows pairs={form.values[name]} add={add} onChange={pairs => form.set(name, pairs)} />
  </Field>
)
