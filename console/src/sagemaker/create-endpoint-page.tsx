import { CreateEndpointCommand, type CreateEndpointInput } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { Field, SelectField, TextField } from '../kit/field.tsx'
import { type Rules, useFormState, wanted } from '../kit/form-state.ts'
import { kitTexts } from '../kit/kit-texts.ts'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { useEndpointConfigChoices } from './endpoint-config.ts'
import { endpointTexts } from './resource-texts.ts'
import { nameRule } from './training-job-rules.ts'
import type { Pair } from './training-job-values.ts'
import { trainingTexts } from './training-texts.ts'

const words = endpointTexts.form

interface Values {
  readonly name: string
  readonly config: string
  readonly tags: readonly Pair[]
}

const rules: Rules<Values> = {
  name: ({ name }) => nameRule(name),
  config: ({ config }) => wanted(config),
  tags: ({ tags }) => (pairsAreRight(tags) ? undefined : trainingTexts.form.pairRule),
}

/** The form: empty, or for a configuration (`?config=NAME`). */
export default function CreateEndpointPage() {
  const [region] = useRegion()
  const [config] = useUrlState('config', '')
  const choices = useEndpointConfigChoices()
  const form = useFormState<Values>({ name: '', config, tags: [] }, rules)
  const { name, tags } = form.values
  const input: CreateEndpointInput = {
    EndpointName: name,
    EndpointConfigName: form.values.config,
    Tags: tags.length === 0 ? undefined : tags.map(({ key, value }) => ({ Key: key, Value: value })),
  }
  return (
    <PageForm
      title={words.title}
      description={words.description}
      form={form}
      sections={[
        {
          title: words.settings,
          content: <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />,
        },
        {
          title: words.attach,
          content: (
            <SelectField
              form={form}
              name="config"
              label={words.choose}
              description={words.existing}
              choices={choices.data ?? []}
              loading={choices.isPending}
              placeholder={kitTexts.choose}
              empty={words.none}
            />
          ),
        },
        {
          title: words.tags,
          content: (
            <Field form={form} name="tags">
              <PairRows pairs={tags} add={words.addTag} onChange={pairs => form.set('tags', pairs)} />
            </Field>
          ),
        },
      ]}
      submitText={endpointTexts.create}
      back={pathTo('endpoints')}
      request={{ service: 'sagemaker', operation: 'CreateEndpoint', input }}
      submit={async () => {
        await sagemaker(region).send(new CreateEndpointCommand(input))
        told(endpointTexts.created(name))
        return pathTo('endpoint', { name })
      }}
    />
  )
}
