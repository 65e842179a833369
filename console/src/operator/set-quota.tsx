import { useQuery } from '@tanstack/react-query'
import { DialogForm } from '../kit/dialog-form.tsx'
import { SelectField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { type Account, accounts, askOperator } from './operator-api.ts'
import { operatorTexts } from './operator-texts.ts'

const words = operatorTexts.quotas

interface Quota {
  readonly serviceCode: string
  readonly quotaCode: string
  readonly quotaName: string
  readonly value: number
  readonly defaultValue: number
}

const mostValue = 10_000_000_000

/** What one account may have of one quota from now on. */
export function SetQuota({ account: { accountId, accountName }, close }: { account: Account; close(): void }) {
  const path = `/accounts/${accountId}/quotas`
  const { data: quotas = [], isPending } = useQuery({
    queryKey: ['account-quotas', accountId],
    queryFn: async () => (await askOperator<{ quotas: readonly Quota[] }>('GET', path)).quotas,
  })
  const form = useFormState(
    { quota: '', value: '' },
    {
      quota: ({ quota }) => (quota === '' ? words.choose : undefined),
      value: ({ value }) => (/^\d{1,11}$/.test(value) && Number(value) <= mostValue ? undefined : words.valueRule),
    },
  )
  const { quota: chosen, value } = form.values
  const quota = quotas.find(one => keyOf(one) === chosen)
  return (
    <DialogForm
      title={words.set}
      form={form}
      submitText={words.set}
      done={words.isSet(accountName, value, quota?.quotaName ?? '')}
      kinds={[accounts.kind, 'account-quotas']}
      submit={() => askOperator('PUT', `${path}/${chosen}`, { value: Number(value) })}
      close={close}
    >
      <SelectField
        form={form}
        name="quota"
        label={words.quota}
        loading={isPending}
        placeholder={words.choose}
        choices={quotas.map(one => ({ value: keyOf(one), label: one.quotaName }))}
        {...(quota && { constraint: words.has(quota.value, quota.defaultValue) })}
      />
      <TextField
        form={form}
        name="value"
        label={words.value}
        inputMode="numeric"
        description={words.valueWhy}
        constraint={words.valueRule}
      />
    </DialogForm>
  )
}

const keyOf = ({ serviceCode, quotaCode }: Quota): string => `${serviceCode}/${quotaCode}`
