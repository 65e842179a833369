import { CreateEndpointConfigCommand } from '@aws-sdk/client-sagemaker'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { Field, TextField } from '../kit/field.tsx'
import { type Rules, useFormState } from '../kit/form-state.ts'
import { KeyField } from '../kit/key-field.tsx'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import {
  type EndpointConfigValues,
  endpointConfigRequest,
  newVariant,
  type VariantValues,
} from './endpoint-config-values.ts'
import { useServing } from './model.ts'
import { endpointConfigTexts } from './resource-texts.ts'
import { count, nameRule } from './training-job-rules.ts'
import { trainingTexts } from './training-texts.ts'
import { VariantFields } from './variant-fields.tsx'

const words = endpointConfigTexts.form

const rules: Rules<EndpointConfigValues> = {
  name: ({ name }) => nameRule(name),
  variants: ({ variants }) =>
    variants.length > 0 &&
    new Set(variants.map(({ name }) => name)).size === variants.length &&
    variants.every(one => nameRule(one.name) === undefined && one.model !== '' && count(one.count) === undefined)
      ? undefined
      : words.variantRule,
  tags: ({ tags }) => (pairsAreRight(tags) ? undefined : trainingTexts.form.pairRule),
}

/** The form: empty, or for a model (`?model=NAME`). It leads to the endpoint that serves it. */
export default function CreateEndpointConfigPage() {
  const [model] = useUrlState('model', '')
  const { data, error } = useServing(model)
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const [supported] = data.SupportedRealtimeInferenceInstanceTypes ?? []
  const variant = newVariant(0, model)
  return <EndpointConfigForm first={supported === undefined ? variant : { ...variant, instanceType: supported }} />
}

function EndpointConfigForm({ first }: { readonly first: VariantValues }) {
  const [region] = useRegion()
  const form = useFormState<EndpointConfigValues>({ name: '', key: '', variants: [first], tags: [] }, rules)
  const input = endpointConfigRequest(form.values)
  const { name } = form.values
  return (
    <PageForm
      title={endpointConfigTexts.create}
      description={words.description}
      form={form}
      sections={[
        {
          title: words.settings,
          content: (
            <SpaceBetween size="m">
              <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
              <KeyField form={form} name="key" label={words.key} />
            </SpaceBetween>
          ),
        },
        { title: words.variants, content: <VariantFields form={form} /> },
        {
          title: words.tags,
          content: (
            <Field form={form} name="tags">
              <PairRows pairs={form.values.tags} add={words.addTag} onChange={pairs => form.set('tags', pairs)} />
            </Field>
          ),
        },
      ]}
      submitText={endpointConfigTexts.create}
      back={pathTo('endpointConfigs')}
      request={{ service: 'sagemaker', operation: 'CreateEndpointConfig', input }}
      submit={async () => {
        await sagemaker(region).send(new CreateEndpointConfigCommand(input))
        told(endpointConfigTexts.created(name))
        return pathTo('endpointConfig', { name })
      }}
    />
  )
}
