import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { JsonText } from '../kit/json-text.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { AccessKeys } from './access-keys.tsx'
import { ConsoleAccess } from './console-access.tsx'
import { AddPermissions, AddToGroup } from './grant-dialogs.tsx'
import { type Identity, type IdentityKind, operationsOf, readIdentity } from './identity.ts'
import { identityTexts as texts } from './identity-texts.ts'
import { PermissionsTable } from './permissions-table.tsx'

const listOf = { user: 'users', group: 'groups', role: 'roles' } as const

interface Props {
  readonly kind: IdentityKind
  readonly name: string
}

/** The page of a user, a group or a role: who it is, what it may, and what only its kind has. */
export function IdentityPage({ kind, name }: Props) {
  const query = useQuery({ queryKey: ['identity', kind, name], queryFn: () => readIdentity(kind, name) })
  const [asked, ask] = useState<ReactNode>()
  const close = () => ask(undefined)
  return (
    <Loaded query={query}>
      {({ identity, policies }) => (
        <>
          <DetailsFrame
            title={name}
            description={identity.description}
            actions={[
              {
                text: texts.simulate,
                run: () => navigate(`${pathTo('simulator')}?principal=${encodeURIComponent(identity.arn)}`),
              },
              ...(kind === 'user'
                ? [{ text: texts.addToGroup, run: () => ask(<AddToGroup user={name} close={close} />) }]
                : []),
              { text: texts.addPermissions, run: () => ask(<AddPermissions kind={kind} name={name} close={close} />) },
              { text: deletionVerb, run: () => ask(deletionOf(kind, name, close)) },
            ]}
            sections={[
              ...sectionsOf(identity),
              { title: texts.permissions, content: <PermissionsTable kind={kind} name={name} policies={policies} /> },
              ...(kind === 'user'
                ? [
                    { title: texts.access.title, content: <ConsoleAccess user={name} /> },
                    { title: texts.keys, content: <AccessKeys user={name} /> },
                  ]
                : []),
            ]}
          />
          {asked}
        </>
      )}
    </Loaded>
  )
}

const deletionOf = (kind: IdentityKind, name: string, close: () => void) => (
  <Deletion
    name={name}
    text={texts.deletionText}
    kind={kind === 'role' ? 'roles-list' : listOf[kind]}
    to={pathTo(listOf[kind])}
    run={() => operationsOf[kind].remove(name)}
    onClose={close}
  />
)

function sectionsOf({ arn, path, created, trust, members, groups }: Identity): DetailsSection[] {
  return [
    {
      title: texts.summary,
      facts: [
        { label: 'ARN', value: <CopyLine line={arn} /> },
        { label: texts.path, value: path },
        { label: texts.createdAt, value: time(created) },
      ],
    },
    ...(trust === undefined
      ? []
      : [
          {
            title: texts.trust,
            content: <JsonText content={JSON.parse(trust)} />,
          },
        ]),
    ...(members === undefined
      ? []
      : [{ title: texts.members, content: <Names page="user" names={members} none={texts.noMembers} /> }]),
    ...(groups === undefined
      ? []
      : [{ title: texts.memberOf, content: <Names page="group" names={groups} none={texts.noGroups} /> }]),
  ]
}

interface NamesProps {
  readonly page: 'user' | 'group'
  readonly names: readonly string[]
  readonly none: string
}

const Names = ({ page, names, none }: NamesProps) =>
  names.length === 0 ? (
    <Box color="text-body-secondary">{none}</Box>
  ) : (
    <SpaceBetween size="xs">
      {names.map(name => (
        <Link key={name} href={pathTo(page, { name })} onFollow={follow}>
          {name}
        </Link>
      ))}
    </SpaceBetween>
  )
