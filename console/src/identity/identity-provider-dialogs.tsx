import { DialogForm } from '../kit/dialog-form.tsx'
import { Field, TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { linesOf } from '../kit/lines.ts'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { addAudience, putTags, putThumbprints, type Tag } from './identity-provider.ts'
import { audienceRule, thumbprintsRule } from './identity-provider-rules.ts'
import { providerTexts as words } from './identity-provider-texts.ts'

/** Of the page of a provider. */
export const providerKind = 'identity-provider'

interface Props {
  readonly arn: string
  close(): void
}

export function AddAudience({ arn, close }: Props) {
  const form = useFormState({ audience: '' }, { audience: ({ audience }) => audienceRule(audience) })
  const { audience } = form.values
  return (
    <DialogForm
      title={words.addAudience}
      form={form}
      submitText={words.addAudience}
      done={words.audienceIs(audience)}
      kinds={[providerKind]}
      submit={() => addAudience(arn, audience)}
      close={close}
    >
      <TextField form={form} name="audience" label={words.audience} constraint={words.audienceRule} />
    </DialogForm>
  )
}

export function ManageThumbprints({ arn, before, close }: Props & { readonly before: readonly string[] }) {
  const form = useFormState(
    { thumbprints: before.join('\n') },
    { thumbprints: ({ thumbprints }) => thumbprintsRule(thumbprints, 1) },
  )
  return (
    <DialogForm
      title={words.manageThumbprints}
      form={form}
      submitText={words.manageThumbprints}
      done={words.thumbprintsAre}
      kinds={[providerKind]}
      submit={() => putThumbprints(arn, linesOf(form.values.thumbprints))}
      close={close}
    >
      <TextareaField form={form} name="thumbprints" label={words.thumbprints} constraint={words.thumbprintsRule} />
    </DialogForm>
  )
}

export function ManageTags({ arn, before, close }: Props & { readonly before: readonly Tag[] }) {
  const form = useFormState(
    { tags: before },
    { tags: ({ tags }) => (pairsAreRight(tags) ? undefined : words.tagsRule) },
  )
  return (
    <DialogForm
      title={words.manageTags}
      form={form}
      submitText={words.manageTags}
      done={words.tagsAre}
      kinds={[providerKind]}
      submit={() => putTags(arn, before, form.values.tags)}
      close={close}
    >
      <Field form={form} name="tags">
        <PairRows pairs={form.values.tags} add={words.addTag} onChange={tags => form.set('tags', tags)} />
      </Field>
    </DialogForm>
  )
}
