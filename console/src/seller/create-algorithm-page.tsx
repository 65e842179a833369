import { CreateAlgorithmCommand } from '@aws-sdk/client-sagemaker'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import Toggle from '@cloudscape-design/components/toggle'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { MultiselectField, RadioField, TextareaField, TextField } from '../kit/field.tsx'
import { type FormState, type Rules, useFormState } from '../kit/form-state.ts'
import { imagePicker } from '../kit/pick-button.tsx'
import { WizardForm, type WizardStep } from '../kit/wizard-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { useAlgorithm } from '../sagemaker/algorithm.ts'
import { nameRule } from '../sagemaker/training-job-rules.ts'
import { told } from '../shell/notices.tsx'
import { type AlgorithmValues, algorithmRequest, newAlgorithm, trainingText } from './algorithm-values.ts'
import { ChannelSpecFields } from './channel-spec-fields.tsx'
import { clonedAlgorithm } from './cloned-product.ts'
import { hyperParameterSpecifications, trainingJobDefinition } from './definition-shapes.ts'
import { trainingTypes } from './instance-types.ts'
import { JsonEditor } from './json-editor.tsx'
import { MetricFields } from './metric-fields.tsx'
import { documentRule, imageRule, servingRules, some, validationRules } from './product-rules.ts'
import { sellerTexts } from './seller-texts.ts'
import { ContainerFields, ResourceFields } from './serving-fields.tsx'
import { ValidationChoice, ValidationProfile } from './validation-fields.tsx'

const words = sellerTexts.algorithm
const { serving, validation, rules: whys } = sellerTexts

const whenServing = (rule: (values: AlgorithmValues) => string | undefined) => (values: AlgorithmValues) =>
  values.infers ? rule(values) : undefined

const rules: Rules<AlgorithmValues> = {
  name: ({ name }) => nameRule(name),
  trainingImage: ({ trainingImage }) => imageRule(trainingImage),
  trainingTypes: values => some(values.trainingTypes),
  channels: ({ channels }) =>
    channels.every(each => each.name.trim() !== '' && each.modes.length > 0 && each.contentTypes.trim() !== '') &&
    new Set(channels.map(({ name }) => name)).size === channels.length
      ? undefined
      : whys.channels,
  hyperParameters: ({ hyperParameters }) => documentRule(hyperParameters, hyperParameterSpecifications),
  metrics: ({ metrics }) =>
    metrics.every(({ name, regex }) => name.trim() !== '' && regex.trim() !== '') ? undefined : whys.metrics,
  ...Object.fromEntries(
    Object.entries(servingRules).map(([name, rule]) => [
      name,
      whenServing(rule as (values: AlgorithmValues) => string),
    ]),
  ),
  ...validationRules,
  trainingJob: values =>
    values.validates === 'yes' ? documentRule(trainingText(values), trainingJobDefinition) : undefined,
  transformJob: whenServing(values => validationRules.transformJob?.(values)),
}

/** The wizard: empty, or filled as another algorithm (`?clone=NAME`). */
export default function CreateAlgorithmPage() {
  const [clone] = useUrlState('clone', '')
  return clone === '' ? <AlgorithmWizard initial={newAlgorithm} /> : <ClonedWizard name={clone} />
}

function ClonedWizard({ name }: { readonly name: string }) {
  const { data, error } = useAlgorithm(name)
  if (error && !data) return <ErrorAlert error={error} />
  return data ? <AlgorithmWizard initial={clonedAlgorithm(data)} /> : <Spinner size="large" />
}

function AlgorithmWizard({ initial }: { readonly initial: AlgorithmValues }) {
  const [region] = useRegion()
  const form = useFormState(initial, rules)
  const { name } = form.values
  return (
    <WizardForm
      title={words.create}
      form={form}
      steps={[trainingStep(form), tuningStep(form), inferenceStep(form), validationStep(form)]}
      submitText={words.submit}
      back={pathTo('algorithms')}
      request={() => ({ service: 'sagemaker', operation: 'CreateAlgorithm', input: algorithmRequest(form.values) })}
      submit={async () => {
        await sagemaker(region).send(new CreateAlgorithmCommand(algorithmRequest(form.values)))
        told(words.created(name))
        return pathTo('algorithm', { name })
      }}
    />
  )
}

type Form = FormState<AlgorithmValues>

const trainingStep = (form: Form): WizardStep => ({
  title: words.steps[0],
  fields: ['name', 'trainingImage', 'trainingTypes', 'channels'],
  sections: [
    {
      title: words.settings,
      content: (
        <SpaceBetween size="m">
          <TextField
            form={form}
            name="name"
            label={words.name}
            placeholder="my-algorithm"
            constraint={words.nameRule}
          />
          <TextareaField form={form} name="description" label={words.description} description={words.descriptionWhy} />
          <TextField
            form={form}
            name="trainingImage"
            label={words.image}
            picker={imagePicker}
            description={serving.imageWhy}
          />
          <Link href={pathTo('createTrainingJob')} external externalIconAriaLabel={words.tryFirst}>
            {words.tryFirst}
          </Link>
          <RadioField
            form={form}
            name="isDistributed"
            label={words.distributed}
            description={words.distributedWhy}
            choices={[
              { value: 'yes', label: validation.yes },
              { value: 'no', label: validation.no },
            ]}
          />
          <MultiselectField
            form={form}
            name="trainingTypes"
            label={words.types}
            groups={trainingTypes}
            placeholder={serving.types}
          />
        </SpaceBetween>
      ),
    },
    { title: words.channels, content: <ChannelSpecFields form={form} /> },
  ],
})

const tuningStep = (form: Form): WizardStep => ({
  title: words.steps[1],
  fields: ['hyperParameters', 'metrics'],
  sections: [
    {
      title: words.parameters,
      content: (
        <JsonEditor
          form={form}
          name="hyperParameters"
          label={words.parametersField}
          description={words.parametersWhy}
          text={form.values.hyperParameters}
          shape={hyperParameterSpecifications}
          template="[]"
        />
      ),
    },
    { title: words.metrics, content: <MetricFields form={form} /> },
  ],
})

const inferenceStep = (form: Form): WizardStep => ({
  title: words.steps[2],
  fields: Object.keys(servingRules),
  sections: [
    {
      title: serving.container,
      content: (
        <SpaceBetween size="m">
          <Toggle
            checked={form.values.infers}
            description={words.infersWhy}
            onChange={({ detail }) => form.set('infers', detail.checked)}
          >
            {words.infers}
          </Toggle>
          {form.values.infers && <ContainerFields form={form} />}
        </SpaceBetween>
      ),
    },
    ...(form.values.infers ? [{ title: serving.resources, content: <ResourceFields form={form} /> }] : []),
  ],
})

const validationStep = (form: Form): WizardStep => ({
  title: words.steps[3],
  fields: [...Object.keys(validationRules), 'trainingJob'],
  sections: [
    { title: validation.title, content: <ValidationChoice form={form} what="algorithm" /> },
    ...(form.values.validates === 'yes'
      ? [
          {
            title: validation.profile,
            content: (
              <ValidationProfile form={form} transforms={form.values.infers}>
                <JsonEditor
                  form={form}
                  name="trainingJob"
                  label={validation.trainingJob}
                  description={validation.trainingWhy}
                  text={trainingText(form.values)}
                  shape={trainingJobDefinition}
                />
              </ValidationProfile>
            ),
          },
        ]
      : []),
  ],
})
