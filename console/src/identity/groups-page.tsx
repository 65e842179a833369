import { pathTo } from '../route/path-table.ts'
import { CreateNamed } from './create-identity.tsx'
import { IdentityList } from './identity-list.tsx'
import { createGroup, groups } from './identity-lists.ts'
import { identityTexts as texts } from './identity-texts.ts'

export default function GroupsPage() {
  return (
    <IdentityList
      words={texts.groups}
      source={groups}
      nameLabel={texts.name.group}
      nameOf={({ GroupName = '' }) => GroupName}
      href={({ GroupName: name = '' }) => pathTo('group', { name })}
      createBy={close => (
        <CreateNamed
          title={texts.groups.create}
          label={texts.name.group}
          kind={groups.kind}
          requestOf={GroupName => ({ service: 'iam', operation: 'CreateGroup', input: { GroupName } })}
          create={createGroup}
          close={close}
        />
      )}
    />
  )
}
