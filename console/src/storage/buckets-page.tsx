import { type Bucket, CreateBucketCommand, DeleteBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import Link from '@cloudscape-design/components/link'
import { useRegion } from '../api/region.ts'
import { s3 } from '../api/s3.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { type ListingSource, useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { storageTexts as words } from './storage-texts.ts'

/** Found by how their names begin. */
const buckets: ListingSource<Bucket> = {
  kind: 'buckets',
  isInTransition: () => false,
  async fetch({ region, MaxResults, NextToken, NameContains }) {
    const ask = { MaxBuckets: MaxResults, ContinuationToken: NextToken, Prefix: NameContains }
    const page = await s3(region).send(new ListBucketsCommand(ask))
    return { items: page.Buckets ?? [], nextToken: page.ContinuationToken }
  },
}

const nameOf = ({ Name = '' }: Bucket): string => Name

const columns = asColumns<Bucket>([
  {
    header: words.key,
    cell: bucket => (
      <Link href={pathTo('bucket', { name: nameOf(bucket) })} onFollow={follow}>
        {nameOf(bucket)}
      </Link>
    ),
  },
  { header: words.region, cell: ({ BucketRegion }) => BucketRegion },
  { header: words.creationDate, cell: ({ CreationDate }) => time(CreationDate) },
])

export default function BucketsPage() {
  const listing = useListing(buckets)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createBy={close => <CreateBucket close={close} />}
      actions={[
        {
          text: deletionVerb,
          ask: (bucket, close) => (
            <Deletion
              name={nameOf(bucket)}
              text={words.bucketDeletion}
              kind={buckets.kind}
              run={() => s3(region).send(new DeleteBucketCommand({ Bucket: nameOf(bucket) }))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}

function CreateBucket({ close }: { close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { name: '' },
    { name: ({ name }) => (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) ? undefined : words.nameRule) },
  )
  const LocationConstraint = region as 'eu-west-1'
  const input = {
    Bucket: form.values.name,
    // Where it is absent, S3 takes the bucket to be of this region.
    ...(region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint } }),
  }
  return (
    <DialogForm
      title={words.create}
      form={form}
      submitText={words.create}
      done={words.created(form.values.name)}
      kinds={[buckets.kind]}
      request={{ service: 's3api', operation: 'CreateBucket', input }}
      submit={() => s3(region).send(new CreateBucketCommand(input))}
      close={close}
    >
      <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
    </DialogForm>
  )
}
