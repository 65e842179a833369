import { CreateOpenIDConnectProviderCommand, type CreateOpenIDConnectProviderCommandInput } from '@aws-sdk/client-iam'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field, TextareaField, TextField } from '../kit/field.tsx'
import { type Rules, useFormState } from '../kit/form-state.ts'
import { linesOf } from '../kit/lines.ts'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { client } from './identity.ts'
import { asTags, type Tag } from './identity-provider.ts'
import { audiencesRule, thumbprintsRule, urlRule } from './identity-provider-rules.ts'
import { providerTexts as words } from './identity-provider-texts.ts'

interface Values {
  readonly url: string
  readonly audiences: string
  readonly thumbprints: string
  readonly tags: readonly Tag[]
}

const rules: Rules<Values> = {
  url: ({ url }) => urlRule(url),
  audiences: ({ audiences }) => audiencesRule(audiences),
  thumbprints: ({ thumbprints }) => thumbprintsRule(thumbprints, 0),
  tags: ({ tags }) => (pairsAreRight(tags) ? undefined : words.tagsRule),
}

function inputOf({ url, audiences, thumbprints, tags }: Values): CreateOpenIDConnectProviderCommandInput {
  const ThumbprintList = linesOf(thumbprints)
  return {
    Url: url,
    ClientIDList: linesOf(audiences),
    ...(ThumbprintList.length > 0 && { ThumbprintList }),
    ...(tags.length > 0 && { Tags: asTags(tags) }),
  }
}

export default function CreateIdentityProviderPage() {
  const form = useFormState<Values>({ url: '', audiences: '', thumbprints: '', tags: [] }, rules)
  const input = inputOf(form.values)
  return (
    <PageForm
      title={words.title}
      description={words.purpose}
      form={form}
      sections={[
        {
          title: words.configure,
          content: (
            <SpaceBetween size="m">
              <TextField
                form={form}
                name="url"
                label={words.url}
                constraint={words.urlRule}
                placeholder="https://token.example.com"
              />
              <TextareaField form={form} name="audiences" label={words.audiences} constraint={words.audiencesRule} />
            </SpaceBetween>
          ),
        },
        {
          title: words.verification,
          content: (
            <TextareaField
              form={form}
              name="thumbprints"
              label={words.thumbprints}
              description={words.thumbprintsWhy}
              constraint={words.thumbprintsRule}
              optional
            />
          ),
        },
        {
          title: words.tags,
          content: (
            <Field form={form} name="tags">
              <PairRows pairs={form.values.tags} add={words.addTag} onChange={tags => form.set('tags', tags)} />
            </Field>
          ),
        },
      ]}
      submitText={words.create}
      back={pathTo('identityProviders')}
      request={{ service: 'iam', operation: 'CreateOpenIDConnectProvider', input }}
      submit={async () => {
        const { OpenIDConnectProviderArn = '' } = await client().send(new CreateOpenIDConnectProviderCommand(input))
        told(words.added(form.values.url))
        return pathTo('identityProvider', { name: OpenIDConnectProviderArn })
      }}
    />
  )
}
