import type { FormState } from '../kit/form-state.ts'
import { RoleField } from '../kit/role-field.tsx'
import type { ListingValues } from './listing-values.ts'
import { partnerTexts } from './partner-texts.ts'

const { version: words } = partnerTexts

/** The role by which the marketplace reads what a version is made of. */
const VersionRole = ({ form }: { readonly form: FormState<ListingValues> }) => (
  <RoleField form={form} label={words.role} description={words.roleWhy} isForMarketplace />
)
export default VersionRole
