import Modal from '@cloudscape-design/components/modal'
import { JsonText } from '../kit/json-text.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { texts } from '../texts.ts'
import { operatorListing } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

/** An event in CloudTrail's shape. */
interface SecurityEvent {
  readonly eventID: string
  readonly eventTime: string
  readonly eventName: string
  readonly eventSource: string
  readonly errorCode?: string
  readonly recipientAccountId?: string
  readonly userIdentity: { readonly type?: string; readonly arn?: string; readonly userName?: string }
}

const events = operatorListing<SecurityEvent>('security-log', '/security-events', answer =>
  ((answer.securityEvents ?? []) as readonly string[]).map(text => JSON.parse(text) as SecurityEvent),
)

const columns = asColumns<SecurityEvent>([
  {
    header: words.event,
    cell: ({ eventName }) => eventName,
  },
  { header: words.time, cell: ({ eventTime }) => time(new Date(eventTime)) },
  { header: words.who, cell: ({ userIdentity: { arn, userName, type } }) => arn ?? userName ?? type },
  { header: words.source, cell: ({ eventSource }) => eventSource },
  { header: words.outcome, cell: ({ errorCode }) => errorCode ?? texts.none },
])

export default function SecurityLogPage() {
  const listing = useListing(events)
  return (
    <ResourceList
      words={words.events}
      listing={listing}
      columns={columns}
      nameOf={({ eventID }) => eventID}
      isFoundByName={false}
      actions={[{ text: words.details, ask: (event, close) => <Event event={event} close={close} /> }]}
    />
  )
}

const Event = ({ event, close }: { readonly event: SecurityEvent; close(): void }) => (
  <Modal visible size="large" header={event.eventName} closeAriaLabel={texts.form.close} onDismiss={close}>
    <JsonText content={event} />
  </Modal>
)
