import { useRolesFor } from '../api/roles.ts'
import { SelectField } from './field.tsx'
import type { FormState } from './form-state.ts'

const words = {
  choose: 'Choose an option',
  none: 'No role trusts sagemaker.amazonaws.com. Create one by `aws iam create-role`.',
}

interface Props<Values extends { readonly role: string }> {
  readonly form: FormState<Values>
  readonly label: string
  readonly description: string
}

/** The roles that SageMaker may take. */
export function RoleField<Values extends { readonly role: string }>({ form, label, description }: Props<Values>) {
  const roles = useRolesFor('sagemaker.amazonaws.com')
  const choices = (roles.data ?? []).map(({ Arn = '', RoleName = '' }) => ({
    value: Arn,
    label: RoleName,
    description: Arn,
  }))
  return (
    <SelectField
      form={form}
      name="role"
      label={label}
      description={description}
      choices={choices}
      loading={roles.isPending}
      placeholder={words.choose}
      empty={words.none}
    />
  )
}
