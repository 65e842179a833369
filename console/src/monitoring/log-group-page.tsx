import type { LogGroup, LogStream } from '@aws-sdk/client-cloudwatch-logs'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { SelectField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { Loaded } from '../kit/loaded.tsx'
import LogView from '../kit/log-view.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { LiveTail } from './live-tail.tsx'
import { retentions, setRetention, useLogGroup, useStreams } from './log-group.ts'
import { monitoringTexts as words } from './monitoring-texts.ts'

/** A log group; `?stream=NAME` shows the events of one of its streams. */
export default function LogGroupPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const query = useLogGroup(name)
  const [stream, setStream] = useUrlState('stream', '')
  const [edits, setEdits] = useState(false)
  return (
    <Loaded query={query}>
      {group => (
        <>
          <DetailsFrame
            title={name}
            actions={[{ text: words.setRetention, run: () => setEdits(true) }]}
            sections={[
              { title: words.settings, facts: factsOf(group) },
              { title: words.streams, content: <Streams name={name} /> },
              {
                title: stream === '' ? words.search : words.events(stream),
                content: (
                  <SpaceBetween size="s">
                    {stream !== '' && <Button onClick={() => setStream('')}>{words.showAll}</Button>}
                    <LogView key={stream} group={name} streamPrefix={stream} isLive={stream !== ''} isLinked={false} />
                  </SpaceBetween>
                ),
              },
              { title: words.tail, content: <LiveTail arn={group.logGroupArn ?? ''} /> },
            ]}
          />
          {edits && <Retention group={group} close={() => setEdits(false)} />}
        </>
      )}
    </Loaded>
  )
}

const factsOf = ({ arn, logGroupArn, retentionInDays, storedBytes, creationTime = 0 }: LogGroup) => [
  { label: 'ARN', value: <CopyLine line={logGroupArn ?? arn ?? ''} /> },
  { label: words.retention, value: retentionInDays === undefined ? words.never : words.days(retentionInDays) },
  { label: words.stored, value: storedBytes },
  { label: words.createdAt, value: time(new Date(creationTime)) },
]

function Streams({ name }: { readonly name: string }) {
  const query = useStreams(name)
  return (
    <Loaded query={query}>
      {streams => (
        <SimpleTable<LogStream>
          label={words.streams}
          items={streams}
          empty={words.noStreams}
          columns={[
            {
              header: words.stream,
              cell: ({ logStreamName = '' }) => (
                <Link
                  href={`${pathTo('logGroup', { name })}?stream=${encodeURIComponent(logStreamName)}`}
                  onFollow={follow}
                >
                  {logStreamName}
                </Link>
              ),
            },
            {
              header: words.lastEvent,
              cell: ({ lastEventTimestamp }) =>
                time(lastEventTimestamp === undefined ? undefined : new Date(lastEventTimestamp)),
            },
          ]}
        />
      )}
    </Loaded>
  )
}

const never = ''

function Retention({ group, close }: { readonly group: LogGroup; close(): void }) {
  const [region] = useRegion()
  const form = useFormState({ days: String(group.retentionInDays ?? never) }, {})
  const { days } = form.values
  return (
    <DialogForm
      title={words.setRetention}
      form={form}
      submitText={words.setRetention}
      done={words.retained}
      kinds={['log-group', 'log-groups']}
      submit={() => setRetention(region, group.logGroupName ?? '', days === never ? undefined : Number(days))}
      close={close}
    >
      <SelectField
        form={form}
        name="days"
        label={words.expire}
        choices={[
          { value: never, label: words.never },
          ...retentions.map(count => ({ value: String(count), label: words.days(count) })),
        ]}
      />
    </DialogForm>
  )
}
