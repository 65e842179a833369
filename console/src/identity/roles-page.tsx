import type { Role } from '@aws-sdk/client-iam'
import { pathTo } from '../route/path-table.ts'
import { CreateRole } from './create-identity.tsx'
import { IdentityList } from './identity-list.tsx'
import { roles } from './identity-lists.ts'
import { identityTexts as texts } from './identity-texts.ts'

/** Services and principals that the trust policy names. */
function trusted({ AssumeRolePolicyDocument = '' }: Role): string {
  const { Statement = [] } = JSON.parse(decodeURIComponent(AssumeRolePolicyDocument)) as { Statement?: unknown }
  return [Statement]
    .flat()
    .flatMap(statement => Object.values((statement as { Principal?: object }).Principal ?? {}).flat())
    .join(', ')
}

export default function RolesPage() {
  return (
    <IdentityList
      words={texts.roles}
      source={roles}
      nameLabel={texts.name.role}
      nameOf={({ RoleName = '' }) => RoleName}
      href={({ RoleName: name = '' }) => pathTo('role', { name })}
      columns={[{ header: texts.trust, cell: trusted }]}
      createBy={close => <CreateRole close={close} />}
    />
  )
}
