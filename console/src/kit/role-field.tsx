import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useRolesFor } from '../api/roles.ts'
import { SelectField } from './field.tsx'
import type { FormState } from './form-state.ts'
import { RoleDialog } from './role-dialog.tsx'

const words = {
  choose: 'Choose an option',
  none: 'No role trusts sagemaker.amazonaws.com.',
  create: 'Create a new role',
}

interface Props<Values extends { readonly role: string }> {
  readonly form: FormState<Values>
  readonly label: string
  readonly description: string
}

/** The roles that SageMaker may take, and a way to a new one. */
export function RoleField<Values extends { readonly role: string }>({ form, label, description }: Props<Values>) {
  const roles = useRolesFor('sagemaker.amazonaws.com')
  const [creates, setCreates] = useState(false)
  const choices = (roles.data ?? []).map(({ Arn = '', RoleName = '' }) => ({
    value: Arn,
    label: RoleName,
    description: Arn,
  }))
  return (
    <SpaceBetween size="xs">
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
      <Link onFollow={() => setCreates(true)}>{words.create}</Link>
      {creates && (
        <RoleDialog onCreated={arn => form.set('role', arn as Values['role'])} close={() => setCreates(false)} />
      )}
    </SpaceBetween>
  )
}
