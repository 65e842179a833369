import { CreateModelPackageCommand } from '@aws-sdk/client-sagemaker'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { RadioField, TextareaField, TextField } from '../kit/field.tsx'
import { type FormState, type Rules, useFormState, wanted } from '../kit/form-state.ts'
import { algorithmPicker, s3Picker } from '../kit/pick-button.tsx'
import { WizardForm, type WizardStep } from '../kit/wizard-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { nameRule } from '../sagemaker/training-job-rules.ts'
import { told } from '../shell/notices.tsx'
import { clonedModelPackage } from './cloned-product.ts'
import { type ModelPackageValues, modelPackageRequest, newModelPackage } from './model-package-values.ts'
import { useModelPackage } from './product.ts'
import { servingRules, some, validationRules } from './product-rules.ts'
import { sellerTexts } from './seller-texts.ts'
import { ContainerFields, ResourceFields } from './serving-fields.tsx'
import { ValidationChoice, ValidationProfile } from './validation-fields.tsx'

const words = sellerTexts.modelPackage
const { serving, validation, rules: whys } = sellerTexts

const byImage = (rule: (values: ModelPackageValues) => string | undefined) => (values: ModelPackageValues) =>
  values.option === 'image' ? rule(values) : undefined

const isArtifact = (uri: string): boolean => /^(https|s3):\/\/[^/]+\/.+\.tar\.gz$/.test(uri.trim())

const rules: Rules<ModelPackageValues> = {
  name: ({ name }) => nameRule(name),
  ...Object.fromEntries(
    Object.entries(servingRules).map(([name, rule]) => [name, byImage(rule as (values: ModelPackageValues) => string)]),
  ),
  // The API wants both kinds of a package that stands by itself.
  realtimeTypes: byImage(({ realtimeTypes }) => some(realtimeTypes)),
  algorithm: ({ option, algorithm }) => (option === 'algorithm' ? wanted(algorithm) : undefined),
  data: ({ option, data }) =>
    (option === 'image' && data.trim() === '') || isArtifact(data) ? undefined : whys.artifacts,
  ...validationRules,
}

/** The wizard: empty, filled as another package (`?clone=NAME`), or for what a training job made (`?algorithm=ARN&data=URI`). */
export default function CreateModelPackagePage() {
  const [clone] = useUrlState('clone', '')
  const [algorithm] = useUrlState('algorithm', '')
  const [data] = useUrlState('data', '')
  if (clone !== '') return <ClonedWizard name={clone} />
  const trained = { ...newModelPackage, option: 'algorithm', algorithm, data }
  return <ModelPackageWizard initial={algorithm === '' ? newModelPackage : trained} />
}

function ClonedWizard({ name }: { readonly name: string }) {
  const { data, error } = useModelPackage(name)
  if (error && !data) return <ErrorAlert error={error} />
  return data ? <ModelPackageWizard initial={clonedModelPackage(data)} /> : <Spinner size="large" />
}

function ModelPackageWizard({ initial }: { readonly initial: ModelPackageValues }) {
  const [region] = useRegion()
  const form = useFormState(initial, rules)
  const { name } = form.values
  return (
    <WizardForm
      title={words.create}
      form={form}
      steps={[inferenceStep(form), validationStep(form)]}
      submitText={words.create}
      back={pathTo('modelPackages')}
      request={() => ({
        service: 'sagemaker',
        operation: 'CreateModelPackage',
        input: modelPackageRequest(form.values),
      })}
      submit={async () => {
        await sagemaker(region).send(new CreateModelPackageCommand(modelPackageRequest(form.values)))
        told(words.created(name))
        return pathTo('modelPackage', { name })
      }}
    />
  )
}

type Form = FormState<ModelPackageValues>

const inferenceStep = (form: Form): WizardStep => ({
  title: words.steps[0],
  fields: ['name', ...Object.keys(servingRules), 'realtimeTypes', 'algorithm', 'data'],
  sections: [
    {
      title: words.settings,
      content: (
        <SpaceBetween size="m">
          <TextField
            form={form}
            name="name"
            label={words.name}
            placeholder="my-model-package"
            constraint={sellerTexts.algorithm.nameRule}
          />
          <TextareaField
            form={form}
            name="description"
            label={sellerTexts.algorithm.description}
            description={sellerTexts.algorithm.descriptionWhy}
          />
          <RadioField
            form={form}
            name="option"
            label={words.options}
            choices={[
              { value: 'image', label: words.byImage },
              { value: 'algorithm', label: words.byAlgorithm },
            ]}
          />
        </SpaceBetween>
      ),
    },
    ...(form.values.option === 'image'
      ? [
          {
            title: serving.container,
            content: (
              <ContainerFields form={form}>
                <TextField
                  form={form}
                  name="data"
                  label={words.data}
                  picker={s3Picker}
                  optional
                  description={words.dataWhy}
                />
              </ContainerFields>
            ),
          },
          { title: serving.resources, content: <ResourceFields form={form} /> },
        ]
      : [
          {
            title: words.algorithmSection,
            content: (
              <SpaceBetween size="m">
                <TextField
                  form={form}
                  name="algorithm"
                  label={words.algorithm}
                  picker={algorithmPicker}
                  description={words.algorithmWhy}
                />
                <TextField form={form} name="data" label={words.data} picker={s3Picker} description={whys.artifacts} />
              </SpaceBetween>
            ),
          },
        ]),
  ],
})

const validationStep = (form: Form): WizardStep => ({
  title: words.steps[1],
  fields: Object.keys(validationRules),
  sections: [
    { title: validation.title, content: <ValidationChoice form={form} what="model package" /> },
    ...(form.values.validates === 'yes'
      ? [{ title: validation.profile, content: <ValidationProfile form={form} /> }]
      : []),
  ],
})
