import { DeletePolicyCommand, GetPolicyCommand, GetPolicyVersionCommand } from '@aws-sdk/client-iam'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { JsonText } from '../kit/json-text.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { time } from '../kit/time.ts'
import { pathTo } from '../route/path-table.ts'
import { client } from './identity.ts'
import { identityTexts as texts } from './identity-texts.ts'

/** A policy by its ARN, and what its default version says. */
function usePolicy(PolicyArn: string) {
  return useQuery({
    queryKey: ['policy', PolicyArn],
    queryFn: async () => {
      const { Policy } = await client().send(new GetPolicyCommand({ PolicyArn }))
      const ask = new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId })
      const { PolicyVersion } = await client().send(ask)
      return { policy: Policy, document: decodeURIComponent(PolicyVersion?.Document ?? '{}') }
    },
  })
}

export default function PolicyPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const query = usePolicy(name)
  const [asks, setAsks] = useState(false)
  const isOwn = !name.startsWith('arn:aws:iam::aws:')
  return (
    <Loaded query={query}>
      {({ policy, document }) => (
        <>
          <DetailsFrame
            title={policy?.PolicyName ?? name}
            description={policy?.Description}
            actions={isOwn ? [{ text: deletionVerb, run: () => setAsks(true) }] : []}
            sections={[
              {
                title: texts.summary,
                facts: [
                  { label: 'ARN', value: <CopyLine line={name} /> },
                  { label: texts.kind, value: isOwn ? texts.managedByCustomer : texts.managedByAws },
                  { label: texts.attachments, value: policy?.AttachmentCount },
                  { label: texts.createdAt, value: time(policy?.CreateDate) },
                ],
              },
              {
                title: texts.document,
                content: <JsonText content={JSON.parse(document)} />,
              },
            ]}
          />
          {asks && (
            <Deletion
              name={policy?.PolicyName ?? name}
              text={texts.deletionText}
              kind="policies"
              to={pathTo('policies')}
              run={() => client().send(new DeletePolicyCommand({ PolicyArn: name }))}
              onClose={() => setAsks(false)}
            />
          )}
        </>
      )}
    </Loaded>
  )
}
