import { CreateModelCommand } from '@aws-sdk/client-sagemaker'
import Checkbox from '@cloudscape-design/components/checkbox'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { Field, SelectField, TextField } from '../kit/field.tsx'
import { type FormState, type Rules, useFormState, wanted } from '../kit/form-state.ts'
import { kitTexts } from '../kit/kit-texts.ts'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { imagePicker, s3Picker } from '../kit/pick-button.tsx'
import { RoleField } from '../kit/role-field.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { useModelPackage, useOwnPackages } from '../seller/product.ts'
import { useSession } from '../session/session.ts'
import { told } from '../shell/notices.tsx'
import { type ModelValues, modelFor, modelRequest, newModel } from './model-values.ts'
import { modelTexts } from './resource-texts.ts'
import { nameRule } from './training-job-rules.ts'
import { trainingTexts } from './training-texts.ts'

const words = modelTexts.form
const isData = (uri: string) => uri.trim() === '' || /^(https|s3):\/\/[^/]+\/.+\.tar\.gz$/.test(uri.trim())
const rows = (pairs: ModelValues['tags']) => (pairsAreRight(pairs) ? undefined : trainingTexts.form.pairRule)

const rules: Rules<ModelValues> = {
  name: ({ name }) => nameRule(name),
  role: ({ role }) => wanted(role),
  image: ({ source, image }) => (source === 'artifacts' ? wanted(image) : undefined),
  artifacts: ({ source, artifacts }) => (source !== 'artifacts' || isData(artifacts) ? undefined : words.dataRule),
  modelPackage: ({ source, modelPackage }) => (source === 'artifacts' ? undefined : wanted(modelPackage)),
  environment: ({ environment }) => rows(environment),
  tags: ({ tags }) => rows(tags),
}

/** The form: empty, or for a model package (`?package=ARN`), from where it goes on (`&then=endpoint`, `&then=transform`). */
export default function CreateModelPage() {
  const [region] = useRegion()
  const [modelPackage] = useUrlState('package', '')
  const [then] = useUrlState('then', '')
  const who = useSession()
  const begin = modelPackage === '' || typeof who === 'string' ? newModel : modelFor(modelPackage, who.account)
  const form = useFormState(begin, rules)
  const isBought = useIsBought(form.values)
  const input = modelRequest(form.values, isBought)
  const { name } = form.values
  return (
    <PageForm
      title={modelTexts.create}
      description={words.description}
      form={form}
      sections={[
        { title: words.settings, content: <Settings form={form} /> },
        { title: words.container, content: <Container form={form} /> },
        { title: words.environment, content: <Pairs form={form} name="environment" add={words.addVariable} /> },
        { title: words.network, content: <Network form={form} isForced={isBought} /> },
        { title: words.tags, content: <Pairs form={form} name="tags" add={words.addTag} /> },
      ]}
      submitText={modelTexts.create}
      back={pathTo('models')}
      request={{ service: 'sagemaker', operation: 'CreateModel', input }}
      submit={async () => {
        await sagemaker(region).send(new CreateModelCommand(input))
        told(modelTexts.created(name))
        return nextOf(then, name)
      }}
    />
  )
}

/** Whoever came to serve a product goes on to what serves it. */
const nextOf = (then: string, name: string): string => {
  const model = encodeURIComponent(name)
  if (then === 'endpoint') return `${pathTo('createEndpointConfig')}?model=${model}`
  if (then === 'transform') return `${pathTo('createTransformJob')}?model=${model}`
  return pathTo('model', { name })
}

interface Props {
  readonly form: FormState<ModelValues>
}

const Settings = ({ form }: Props) => (
  <SpaceBetween size="m">
    <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
    <RoleField form={form} label={words.role} description={words.roleWhy} />
  </SpaceBetween>
)

function Container({ form }: Props) {
  const { source } = form.values
  const packages = useOwnPackages()
  return (
    <SpaceBetween size="m">
      <Field form={form} name="source" label={words.options}>
        <RadioGroup
          value={source}
          items={(['artifacts', 'package', 'subscription'] as const).map(value => ({ value, label: words[value] }))}
          onChange={({ detail }) => form.set('source', detail.value)}
        />
      </Field>
      {source === 'artifacts' && (
        <>
          <TextField form={form} name="image" label={words.image} picker={imagePicker} constraint={words.imageRule} />
          <TextField
            form={form}
            name="artifacts"
            label={words.data}
            picker={s3Picker}
            optional
            constraint={words.dataRule}
          />
        </>
      )}
      {source === 'package' && (
        <SelectField
          form={form}
          name="modelPackage"
          label={words.choosePackage}
          choices={(packages.data ?? []).map(({ ModelPackageArn: value = '', ModelPackageName: label = value }) => ({
            ...{ value, label },
          }))}
          loading={packages.isPending}
          placeholder={kitTexts.choose}
        />
      )}
      {source === 'subscription' && (
        <TextField form={form} name="modelPackage" label={words.packageArn} constraint={words.packageRule} />
      )}
      <TextField form={form} name="hostname" label={words.hostname} optional />
    </SpaceBetween>
  )
}

/** Whether what is chosen runs isolated whatever one wants: a subscription, and a package of what a subscribed algorithm has learned. */
function useIsBought({ source, modelPackage }: ModelValues): boolean {
  const who = useSession()
  const { data } = useModelPackage(source === 'package' ? modelPackage : '')
  const [algorithm] = data?.SourceAlgorithmSpecification?.SourceAlgorithms ?? []
  const owner = algorithm?.AlgorithmName?.split(':')[4]
  return source === 'subscription' || (owner !== undefined && typeof who !== 'string' && owner !== who.account)
}

function Network({ form, isForced }: Props & { readonly isForced: boolean }) {
  return (
    <Checkbox
      checked={form.values.isIsolated || isForced}
      disabled={isForced}
      description={isForced ? words.isolationForced : undefined}
      onChange={({ detail }) => form.set('isIsolated', detail.checked)}
    >
      {words.isolation}
    </Checkbox>
  )
}

const Pairs = ({ form, name, add }: Props & { readonly name: 'environment' | 'tags'; readonly add: string }) => (
  <Field form={form} name={name}>
    <PairRows pairs={form.values[name]} add={add} onChange={pairs => form.set(name, pairs)} />
  </Field>
)
