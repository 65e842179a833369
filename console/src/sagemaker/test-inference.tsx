import type { DescribeEndpointOutput, InferenceComponentSummary } from '@aws-sdk/client-sagemaker'
import { InvokeEndpointCommand, type InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import FileUpload from '@cloudscape-design/components/file-upload'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { runtime } from '../api/runtime.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { texts } from '../texts.ts'
import { endpointTexts } from './resource-texts.ts'

const words = endpointTexts.test
/** AWS's clients give up after 70 seconds where a container has 60 (SageMaker Developer Guide, "How containers serve requests"). */
const patienceMs = 70_000
const mostBytes = 6 * 1024 * 1024

interface Answer {
  readonly output: InvokeEndpointCommandOutput
  readonly text: string
  readonly bytes: number
  readonly milliseconds: number
}

interface Props {
  readonly endpoint: DescribeEndpointOutput
  /** Of an endpoint that is for them: one of them is asked. */
  readonly components: readonly InferenceComponentSummary[]
}

/** Asks an endpoint, and shows what it answers as text: nothing of it is markup. */
export default function TestInference({ endpoint, components }: Props) {
  const [region] = useRegion()
  const [typed, setTyped] = useState({
    ...{ variant: '', component: '' },
    contentType: 'text/csv',
    accept: '',
    attributes: '',
    body: '',
  })
  const [files, setFiles] = useState<File[]>([])
  const [answer, setAnswer] = useState<Answer>()
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)
  const isServing = (endpoint.ProductionVariants?.length ?? 0) > 0 && endpoint.EndpointStatus !== 'Creating'

  const named = components.map(({ InferenceComponentName: value = '' }) => ({ value, label: value }))
  const serving = components.find(one => one.InferenceComponentStatus === 'InService')
  const component = typed.component || (serving?.InferenceComponentName ?? '')

  const send = async () => {
    setWaits(true)
    setProblem(undefined)
    setAnswer(undefined)
    try {
      const body = files[0] ? new Uint8Array(await files[0].arrayBuffer()) : new TextEncoder().encode(typed.body)
      if (body.byteLength > mostBytes) throw new Error(words.tooLarge)
      setAnswer(await ask(region, endpoint.EndpointName ?? '', { ...typed, component }, body))
    } catch (error) {
      setProblem(/Abort|Timeout/.test((error as Error).name) ? new Error(words.tooSlow) : error)
    }
    setWaits(false)
  }
  const field = (name: 'contentType' | 'accept' | 'attributes') => (
    <FormField label={words[name]}>
      <Input value={typed[name]} onChange={({ detail }) => setTyped({ ...typed, [name]: detail.value })} />
    </FormField>
  )
  const variants = [
    { value: '', label: words.anyVariant },
    ...(endpoint.ProductionVariants ?? []).map(({ VariantName = '' }) => ({ value: VariantName, label: VariantName })),
  ]
  return (
    <SpaceBetween size="m">
      {!isServing && <Alert type="info">{words.notServing}</Alert>}
      <ColumnLayout columns={2}>
        <FormField label={words.variant}>
          <Select
            options={variants}
            selectedOption={variants.find(({ value }) => value === typed.variant) ?? null}
            onChange={({ detail }) => setTyped({ ...typed, variant: detail.selectedOption.value ?? '' })}
          />
        </FormField>
        {named.length > 0 && (
          <FormField label={words.component}>
            <Select
              options={named}
              selectedOption={component === '' ? null : { value: component, label: component }}
              onChange={({ detail }) => setTyped({ ...typed, component: detail.selectedOption.value ?? '' })}
            />
          </FormField>
        )}
        {field('contentType')}
        {field('accept')}
        {field('attributes')}
      </ColumnLayout>
      <FormField label={words.body} stretch>
        <Textarea
          rows={5}
          value={typed.body}
          onChange={({ detail }) => setTyped({ ...typed, body: detail.value })}
          disabled={files.length > 0}
        />
      </FormField>
      <FormField label={words.file}>
        <FileUpload value={files} onChange={({ detail }) => setFiles(detail.value)} showFileSize />
      </FormField>
      <Button variant="primary" loading={waits} disabled={!isServing} onClick={() => void send()}>
        {words.send}
      </Button>
      {problem !== undefined && <ErrorAlert error={problem} />}
      {answer && <AnswerView answer={answer} />}
    </SpaceBetween>
  )
}

interface Typed {
  readonly variant: string
  readonly component: string
  readonly contentType: string
  readonly accept: string
  readonly attributes: string
}

async function ask(region: string, EndpointName: string, typed: Typed, Body: Uint8Array): Promise<Answer> {
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim())
  const command = new InvokeEndpointCommand({
    ...{ EndpointName, Body, ContentType: given(typed.contentType), Accept: given(typed.accept) },
    ...{ CustomAttributes: given(typed.attributes), TargetVariant: given(typed.variant) },
    InferenceComponentName: given(typed.component),
  })
  const started = performance.now()
  const output = await runtime(region).send(command, { abortSignal: AbortSignal.timeout(patienceMs) })
  const milliseconds = Math.round(performance.now() - started)
  return { output, text: new TextDecoder().decode(output.Body), bytes: output.Body?.byteLength ?? 0, milliseconds }
}

const AnswerView = ({ answer: { output, text, bytes, milliseconds } }: { readonly answer: Answer }) => (
  <SpaceBetween size="s">
    <KeyValuePairs
      columns={4}
      items={[
        { label: words.status, value: output.$metadata.httpStatusCode },
        { label: words.contentType, value: output.ContentType ?? texts.none },
        { label: words.latency, value: `${milliseconds} ms` },
        { label: words.size, value: `${bytes} bytes` },
        { label: words.variantAnswered, value: output.InvokedProductionVariant ?? texts.none },
        { label: words.attributes, value: output.CustomAttributes ?? texts.none },
      ]}
    />
    <Box variant="awsui-key-label">{words.answer}</Box>
    <Box variant="pre">{text}</Box>
  </SpaceBetween>
)
