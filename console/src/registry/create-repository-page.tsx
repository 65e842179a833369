import { CreateRepositoryCommand, type CreateRepositoryCommandInput } from '@aws-sdk/client-ecr'
import Checkbox from '@cloudscape-design/components/checkbox'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { ecr } from '../api/ecr.ts'
import { useRegion } from '../api/region.ts'
import { RadioField, TextField } from '../kit/field.tsx'
import { type Rules, useFormState } from '../kit/form-state.ts'
import { PageForm } from '../kit/page-form.tsx'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { registryTexts as words } from './registry-texts.ts'

interface Values {
  readonly name: string
  readonly mutability: string
  readonly scans: boolean
}

const rules: Rules<Values> = {
  name: ({ name }) => (/^[a-z0-9][a-z0-9._/-]{1,255}$/.test(name) ? undefined : words.nameRule),
}

export default function CreateRepositoryPage() {
  const [region] = useRegion()
  const form = useFormState<Values>({ name: '', mutability: 'MUTABLE', scans: true }, rules)
  const { name, mutability, scans } = form.values
  const input: CreateRepositoryCommandInput = {
    repositoryName: name,
    imageTagMutability: mutability as 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: scans },
  }
  return (
    <PageForm
      title={words.create}
      description={words.description}
      form={form}
      sections={[
        {
          title: words.settings,
          content: (
            <SpaceBetween size="m">
              <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
              <RadioField
                form={form}
                name="mutability"
                label={words.mutability}
                choices={[
                  { value: 'MUTABLE', label: words.mutable },
                  { value: 'IMMUTABLE', label: words.immutable },
                ]}
              />
              <Checkbox checked={scans} onChange={({ detail }) => form.set('scans', detail.checked)}>
                {words.scan}
              </Checkbox>
            </SpaceBetween>
          ),
        },
      ]}
      submitText={words.create}
      back={pathTo('repositories')}
      request={{ service: 'ecr', operation: 'CreateRepository', input }}
      submit={async () => {
        await ecr(region).send(new CreateRepositoryCommand(input))
        told(words.created(name))
        return pathTo('repository', { name })
      }}
    />
  )
}
