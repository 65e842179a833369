import { CreateTopicCommand, DeleteTopicCommand, PublishCommand } from '@aws-sdk/client-sns'
import { sns } from '../api/events.ts'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { useListing } from '../kit/use-listing.ts'
import { eventsTexts as words } from './events-texts.ts'
import { nameOfTopic, type TopicFacts, topics } from './topic.ts'

const columns = asColumns<TopicFacts>([
  { header: words.topic, cell: nameOfTopic },
  { header: words.confirmed, cell: ({ confirmed }) => confirmed },
  { header: words.pending, cell: ({ pending }) => pending },
  { header: words.arn, cell: ({ arn }) => <CopyLine line={arn} /> },
])

export default function TopicsPage() {
  const listing = useListing(topics)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words.topics}
      listing={listing}
      columns={columns}
      nameOf={nameOfTopic}
      isFoundByName={false}
      createBy={close => <CreateTopic close={close} />}
      actions={[
        { text: words.publish, ask: (topic, close) => <Publish topic={topic} close={close} /> },
        {
          text: deletionVerb,
          ask: (topic, close) => (
            <Deletion
              name={nameOfTopic(topic)}
              text={words.topicDeletion}
              kind={topics.kind}
              run={() => sns(region).send(new DeleteTopicCommand({ TopicArn: topic.arn }))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}

function CreateTopic({ close }: { close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { name: '' },
    { name: ({ name }) => (/^[\w-]{1,256}$/.test(name) ? undefined : words.topicRule) },
  )
  return (
    <DialogForm
      title={words.topics.create}
      form={form}
      submitText={words.topics.create}
      done={words.created(form.values.name)}
      kinds={[topics.kind]}
      request={{ service: 'sns', operation: 'CreateTopic', input: { Name: form.values.name } }}
      submit={() => sns(region).send(new CreateTopicCommand({ Name: form.values.name }))}
      close={close}
    >
      <TextField form={form} name="name" label={words.topic} constraint={words.topicRule} />
    </DialogForm>
  )
}

function Publish({ topic, close }: { readonly topic: TopicFacts; close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { subject: '', message: '' },
    { message: ({ message }) => (message === '' ? words.messageRule : undefined) },
  )
  const { subject, message: Message } = form.values
  const input = { TopicArn: topic.arn, Message, ...(subject && { Subject: subject }) }
  return (
    <DialogForm
      title={`${words.publish}: ${nameOfTopic(topic)}`}
      form={form}
      submitText={words.publish}
      done={words.published}
      kinds={[]}
      submit={() => sns(region).send(new PublishCommand(input))}
      close={close}
    >
      <TextField form={form} name="subject" label={words.subject} optional />
      <TextareaField form={form} name="message" label={words.message} />
    </DialogForm>
  )
}
