import { pathTo } from '../route/path-table.ts'
import { CreateNamed } from './create-identity.tsx'
import { IdentityList } from './identity-list.tsx'
import { createUser, users } from './identity-lists.ts'
import { identityTexts as texts } from './identity-texts.ts'

export default function UsersPage() {
  return (
    <IdentityList
      words={texts.users}
      source={users}
      nameLabel={texts.name.user}
      nameOf={({ UserName = '' }) => UserName}
      href={({ UserName: name = '' }) => pathTo('user', { name })}
      createBy={close => (
        <CreateNamed
          title={texts.users.create}
          label={texts.name.user}
          kind={users.kind}
          requestOf={UserName => ({ service: 'iam', operation: 'CreateUser', input: { UserName } })}
          create={createUser}
          close={close}
        />
      )}
    />
  )
}
