import { pathTo } from '../route/path-table.ts'
import { CreatePolicy } from './create-identity.tsx'
import { IdentityList } from './identity-list.tsx'
import { policies } from './identity-lists.ts'
import { identityTexts as texts } from './identity-texts.ts'

export default function PoliciesPage() {
  return (
    <IdentityList
      words={texts.policies}
      source={policies}
      nameLabel={texts.name.policy}
      nameOf={({ PolicyName = '' }) => PolicyName}
      href={({ Arn: name = '' }) => pathTo('policy', { name })}
      columns={[{ header: texts.attachments, cell: ({ AttachmentCount }) => AttachmentCount }]}
      createBy={close => <CreatePolicy close={close} />}
    />
  )
}
