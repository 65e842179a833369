import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useRolesFor } from '../api/roles.ts'
import { SelectField } from './field.tsx'
import type { FormState } from './form-state.ts'
import { kitTexts } from './kit-texts.ts'
import { RoleDialog } from './role-dialog.tsx'

const words = kitTexts.role

interface Props<Values extends { readonly role: string }> {
  readonly form: FormState<Values>
  readonly label: string
  readonly description: string
  /** The marketplace's, where it is not SageMaker that takes the role. */
  readonly isForMarketplace?: boolean
}

/** The roles that a service may take, and a way to a new one. */
export function RoleField<Values extends { readonly role: string }>({
  form,
  label,
  description,
  isForMarketplace = false,
}: Props<Values>) {
  const roles = useRolesFor(isForMarketplace ? 'assets.marketplace.amazonaws.com' : 'sagemaker.amazonaws.com')
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
        placeholder={kitTexts.choose}
        empty={words.noRole}
      />
      <Link onFollow={() => setCreates(true)}>{words.new}</Link>
      {creates && (
        <RoleDialog
          isForMarketplace={isForMarketplace}
          onCreated={arn => form.set('role', arn as Values['role'])}
          close={() => setCreates(false)}
        />
      )}
    </SpaceBetween>
  )
}
