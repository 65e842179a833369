import type { ChangeSummary } from '@aws-sdk/client-marketplace-catalog'
import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { JsonText } from '../kit/json-text.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { partnerTexts } from './partner-texts.ts'
import { useRequest } from './request.ts'
import { RequestCancel } from './request-cancel.tsx'

const words = partnerTexts.requests

/** A request: each of its changes, with what was wrong with it. */
export default function RequestPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const query = useRequest(name)
  const [asks, setAsks] = useState(false)
  return (
    <Loaded query={query}>
      {({ ChangeSetName, Status: word, StartTime, EndTime, FailureCode, FailureDescription, ChangeSet = [] }) => (
        <>
          <DetailsFrame
            title={ChangeSetName ?? name}
            actions={[
              {
                text: words.cancel,
                refusal: word === 'PREPARING' ? undefined : words.notPreparing,
                run: () => setAsks(true),
              },
            ]}
            failure={{ title: FailureCode ?? words.failure, reason: FailureDescription }}
            sections={[
              {
                title: words.summary,
                facts: [
                  { label: words.id, value: name },
                  { label: words.status, value: <Status word={word} /> },
                  { label: words.created, value: time(StartTime === undefined ? undefined : new Date(StartTime)) },
                  { label: words.ended, value: time(EndTime === undefined ? undefined : new Date(EndTime)) },
                ],
              },
              ...ChangeSet.map((change, index) => ({
                title: words.change(index + 1, change.ChangeType ?? ''),
                content: <Change change={change} />,
              })),
            ]}
          />
          {asks && <RequestCancel id={name} close={() => setAsks(false)} />}
        </>
      )}
    </Loaded>
  )
}

const Change = ({
  change: { Entity, DetailsDocument, Details, ErrorDetailList = [] },
}: {
  readonly change: ChangeSummary
}) => (
  <SpaceBetween size="s">
    {ErrorDetailList.map(({ ErrorCode, ErrorMessage }) => (
      <Alert key={`${ErrorCode} ${ErrorMessage}`} type="error" header={ErrorCode}>
        {ErrorMessage}
      </Alert>
    ))}
    <div>{[Entity?.Type, Entity?.Identifier].filter(Boolean).join(' ')}</div>
    <JsonText content={DetailsDocument ?? JSON.parse(Details || '{}')} />
  </SpaceBetween>
)
