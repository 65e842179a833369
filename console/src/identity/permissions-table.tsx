import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { Confirm } from '../kit/confirm.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { runTask } from '../shell/notices.tsx'
import { type GrantedPolicy, type IdentityKind, operationsOf } from './identity.ts'
import { identityTexts as texts } from './identity-texts.ts'

interface Props {
  readonly kind: IdentityKind
  readonly name: string
  readonly policies: readonly GrantedPolicy[]
}

/** What is granted to an identity; what is attached can be taken away. */
export function PermissionsTable({ kind, name, policies }: Props) {
  const detach = (policy: string, arn: string) =>
    void runTask({
      doing: texts.detachOf(policy),
      done: texts.detached(policy),
      failed: texts.failed,
      async run() {
        await operationsOf[kind].detach(name, arn)
        await queryClient.invalidateQueries({ queryKey: ['identity'] })
      },
    })
  const [asked, setAsked] = useState<{ readonly name: string; readonly arn: string }>()
  return (
    <>
      <SimpleTable
        label={texts.permissions}
        items={policies}
        empty={texts.noPermissions}
        columns={[
          { header: texts.policy, cell: policyCell },
          { header: texts.kind, cell: kindOf },
          {
            header: texts.detach,
            cell: ({ name: policy, arn }) =>
              arn !== undefined && (
                <Button ariaLabel={texts.detachOf(policy)} onClick={() => setAsked({ name: policy, arn })}>
                  {texts.detach}
                </Button>
              ),
          },
        ]}
      />
      {asked && (
        <Confirm
          title={`${texts.detachOf(asked.name)}?`}
          text={texts.detachText}
          verb={texts.detach}
          onConfirm={() => detach(asked.name, asked.arn)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  )
}

const policyCell = ({ name, arn, document }: GrantedPolicy) =>
  arn === undefined ? (
    <ExpandableSection headerText={name}>
      <Box variant="pre">{document}</Box>
    </ExpandableSection>
  ) : (
    <Link href={pathTo('policy', { name: arn })} onFollow={follow}>
      {name}
    </Link>
  )

function kindOf({ arn }: GrantedPolicy): string {
  if (arn === undefined) return texts.inlineKind
  return arn.startsWith('arn:aws:iam::aws:') ? texts.managedByAws : texts.managedByCustomer
}
