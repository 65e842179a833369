import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import Link from '@cloudscape-design/components/link'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { createLogGroup, deleteLogGroup, logGroups } from './log-group.ts'
import { monitoringTexts as words } from './monitoring-texts.ts'

const nameOf = ({ logGroupName = '' }: LogGroup): string => logGroupName

const columns = asColumns<LogGroup>([
  {
    header: words.group,
    cell: group => (
      <Link href={pathTo('logGroup', { name: nameOf(group) })} onFollow={follow}>
        {nameOf(group)}
      </Link>
    ),
  },
  {
    header: words.retention,
    cell: ({ retentionInDays }) => (retentionInDays === undefined ? words.never : words.days(retentionInDays)),
  },
  { header: words.stored, cell: ({ storedBytes }) => storedBytes },
  { header: words.createdAt, cell: ({ creationTime = 0 }) => time(new Date(creationTime)) },
])

export default function LogGroupsPage() {
  const listing = useListing(logGroups)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words.groups}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createBy={close => <CreateLogGroup close={close} />}
      actions={[
        {
          text: deletionVerb,
          ask: (group, close) => (
            <Deletion
              name={nameOf(group)}
              text={words.deletion}
              kind={logGroups.kind}
              run={() => deleteLogGroup(region, nameOf(group))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}

function CreateLogGroup({ close }: { close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { name: '' },
    { name: ({ name }) => (/^[\w./#-]{1,512}$/.test(name) ? undefined : words.nameRule) },
  )
  return (
    <DialogForm
      title={words.groups.create}
      form={form}
      submitText={words.groups.create}
      done={words.created(form.values.name)}
      kinds={[logGroups.kind]}
      request={{ service: 'logs', operation: 'CreateLogGroup', input: { logGroupName: form.values.name } }}
      submit={() => createLogGroup(region, form.values.name)}
      close={close}
    >
      <TextField form={form} name="name" label={words.group} constraint={words.nameRule} />
    </DialogForm>
  )
}
