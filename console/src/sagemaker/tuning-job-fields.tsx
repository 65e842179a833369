import SpaceBetween from '@cloudscape-design/components/space-between'
import { RadioField, SelectField, TextField } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { RoleField } from '../kit/role-field.tsx'
import { useAlgorithm } from './algorithm.ts'
import { ChannelFields } from './channel-fields.tsx'
import { RangeFields } from './range-fields.tsx'
import { AlgorithmOptions, Checkpoint, Network, Output, Pairs, Resources, Spot } from './training-job-fields.tsx'
import { trainingTexts } from './training-texts.ts'
import type { TuningJobValues } from './tuning-job-values.ts'
import { tuningTexts } from './tuning-texts.ts'

const words = tuningTexts.form
const shared = trainingTexts.form
interface Props {
  readonly form: FormState<TuningJobValues>
}

const choices = (...values: string[]) => values.map(value => ({ value }))

/** The sections of the form, in the order of AWS's steps. */
export const tuningJobFields = (form: Props['form']) => [
  { title: words.settings, content: <JobSettings form={form} /> },
  { title: words.warmStart, content: <WarmStart form={form} /> },
  { title: words.definition, content: <AlgorithmOptions form={form} /> },
  { title: words.objective, content: <Objective form={form} /> },
  {
    title: words.hyperParameters,
    content: (
      <SpaceBetween size="m">
        <RangeFields form={form} />
        <Pairs form={form} name="hyperParameters" add={shared.addHyperParameter} />
      </SpaceBetween>
    ),
  },
  { title: shared.input, content: <ChannelFields form={form} /> },
  { title: shared.output, content: <Output form={form} /> },
  { title: shared.checkpoint, content: <Checkpoint form={form} /> },
  { title: shared.resources, content: <Resources form={form} /> },
  { title: shared.network, content: <Network form={form} /> },
  { title: shared.spot, content: <Spot form={form} /> },
  { title: words.limits, content: <Limits form={form} /> },
  { title: shared.environment, content: <Pairs form={form} name="environment" add={shared.addVariable} /> },
  { title: shared.tags, content: <Pairs form={form} name="tags" add={shared.addTag} /> },
]

const JobSettings = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
    <RoleField form={form} label={shared.role} description={shared.roleWhy} />
    <SelectField
      form={form}
      name="strategy"
      label={words.strategy}
      choices={choices('Bayesian', 'Random', 'Hyperband', 'Grid')}
    />
    <RadioField form={form} name="earlyStopping" label={words.earlyStopping} choices={choices('Off', 'Auto')} />
  </SpaceBetween>
)

const WarmStart = ({ form }: Props) => (
  <SpaceBetween size="m">
    <RadioField
      form={form}
      name="warmStart"
      label={words.warmStartType}
      choices={[
        { value: '', label: words.cold },
        ...(['IdenticalDataAndAlgorithm', 'TransferLearning'] as const).map(value => ({ value, label: words[value] })),
      ]}
    />
    {form.values.warmStart !== '' && (
      <TextField form={form} name="parents" label={words.parents} constraint={words.parentsRule} />
    )}
  </SpaceBetween>
)

/** One of the metrics that the algorithm declares; of an image, of those that the form does. */
function Objective({ form }: Props) {
  const { source, algorithm, metrics } = form.values
  const { data } = useAlgorithm(source === 'container' ? '' : algorithm)
  const declared = data?.TrainingSpecification?.SupportedTuningJobObjectiveMetrics ?? []
  const names =
    source === 'container' ? metrics.map(({ key }) => key) : declared.map(({ MetricName = '' }) => MetricName)
  return (
    <SpaceBetween size="m">
      <SelectField
        form={form}
        name="objective"
        label={words.objective}
        constraint={words.objectiveRule}
        choices={choices(...new Set(names.filter(name => name !== '')))}
      />
      <RadioField
        form={form}
        name="objectiveType"
        label={words.objectiveType}
        choices={choices('Maximize', 'Minimize')}
      />
    </SpaceBetween>
  )
}

const Limits = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField form={form} name="parallel" label={words.parallel} constraint={words.parallelRule} inputMode="numeric" />
    <TextField form={form} name="most" label={words.most} constraint={words.mostRule} inputMode="numeric" />
    <TextField form={form} name="mostRuntime" label={words.mostRuntime} optional inputMode="numeric" />
  </SpaceBetween>
)
