import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { changeBranding, type ExperienceView } from './experience.ts'
import { privateTexts as words } from './private-texts.ts'

/** What stands over a private marketplace; fields that are left empty stay as they are. */
export function BrandingDialog({ experience, close }: { readonly experience: ExperienceView; close(): void }) {
  const { Title = '', Information = '', ThemeColor = '', LogoUrl = '' } = experience.branding ?? {}
  const form = useFormState(
    { Title, Information, ThemeColor, LogoUrl },
    { ThemeColor: values => (/^(#[\da-f]{6})?$/i.test(values.ThemeColor) ? undefined : words.colorRule) },
  )
  const given = Object.fromEntries(Object.entries(form.values).filter(([, value]) => value.trim() !== ''))
  return (
    <DialogForm
      title={words.branding}
      form={form}
      submitText={words.brand}
      done={words.branded}
      kinds={[]}
      submit={() => changeBranding(experience, given)}
      close={close}
    >
      <TextField form={form} name="Title" label={words.brandTitle} optional />
      <TextareaField form={form} name="Information" label={words.information} optional />
      <TextField form={form} name="ThemeColor" label={words.color} placeholder="#232F3E" optional />
      <TextField form={form} name="LogoUrl" label={words.logo} description={words.logoWhy} optional />
    </DialogForm>
  )
}
