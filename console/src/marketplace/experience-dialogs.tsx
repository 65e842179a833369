import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { linesOf } from '../kit/lines.ts'
import { changeExperience } from './experience.ts'
import { privateTexts as words } from './private-texts.ts'

/** What is put on a list of a private marketplace, or taken off it. */
export interface ListChange {
  readonly type: string
  readonly verb: string
  readonly label: string
  readonly why: string
  readonly done: string
  readonly takes: RegExp
  readonly rule: string
  details(ids: readonly string[], notes: string): object
  readonly hasNotes: boolean
}

const ofProducts = {
  ...{ label: words.ids, takes: /^prod-[a-z0-9]{1,59}$/, rule: words.idsRule, hasNotes: true },
  details: (Ids: readonly string[], Notes: string) => ({ Products: [{ Ids, ...(Notes !== '' && { Notes }) }] }),
}

const ofAccounts = {
  ...{ label: words.accountIds, takes: /^\d{12}$/, rule: words.accountsRule, hasNotes: false },
  ...{ why: words.accountsWhy, done: words.accountsChanged },
  details: (Principals: readonly string[]) => ({ Principals }),
}

export const listChanges = {
  approve: {
    ...ofProducts,
    ...{ type: 'AllowProductProcurement', verb: words.add, why: words.addWhy, done: words.approved },
  },
  decline: {
    ...ofProducts,
    ...{ type: 'DenyProductProcurement', verb: words.remove, why: words.removeWhy, done: words.declined },
  },
  addAccounts: { ...ofAccounts, type: 'AssociateAudience', verb: words.changeAccounts },
  removeAccounts: { ...ofAccounts, type: 'DisassociateAudience', verb: words.removeAccounts },
} as const

interface Props {
  readonly id: string
  readonly change: ListChange
  close(): void
}

export function ListDialog({ id, change, close }: Props) {
  const { type, verb, label, why, done, takes, rule, details, hasNotes } = change
  const form = useFormState(
    { ids: '', notes: '' },
    {
      ids({ ids }) {
        const lines = linesOf(ids)
        return lines.length > 0 && lines.length <= 50 && lines.every(line => takes.test(line)) ? undefined : rule
      },
    },
  )
  const { ids, notes } = form.values
  return (
    <DialogForm
      title={verb}
      form={form}
      submitText={verb}
      done={done}
      kinds={[]}
      submit={() => changeExperience(id, type, details([...new Set(linesOf(ids))], notes.trim()))}
      close={close}
    >
      <TextareaField form={form} name="ids" label={label} description={why} />
      {hasNotes && <TextareaField form={form} name="notes" label={words.notes} optional />}
    </DialogForm>
  )
}
