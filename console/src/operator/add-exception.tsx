import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField, TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { askOperator } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

/** Lets a vulnerability pass until a day, for a reason that is kept. */
export function AddException({ kind, close }: { readonly kind: string; close(): void }) {
  const form = useFormState(
    { id: '', packageName: '', reason: '', lastDay: '' },
    {
      id: ({ id }) => wanted(id),
      reason: ({ reason }) => wanted(reason),
      lastDay: ({ lastDay }) => (/^\d{4}-\d\d-\d\d$/.test(lastDay) ? undefined : words.lastDayRule),
    },
  )
  const { id, packageName, reason, lastDay } = form.values
  const query = packageName.trim() === '' ? '' : `?packageName=${encodeURIComponent(packageName.trim())}`
  return (
    <DialogForm
      title={words.addException}
      form={form}
      submitText={words.addException}
      done={words.excepted(id)}
      kinds={[kind]}
      submit={() => askOperator('PUT', `/exceptions/${encodeURIComponent(id.trim())}${query}`, { reason, lastDay })}
      close={close}
    >
      <TextField form={form} name="id" label={words.vulnerability} placeholder="CVE-2026-1234" />
      <TextField form={form} name="packageName" label={words.packageName} optional />
      <TextareaField form={form} name="reason" label={words.reason} />
      <TextField form={form} name="lastDay" label={words.lastDay} constraint={words.lastDayRule} />
    </DialogForm>
  )
}
