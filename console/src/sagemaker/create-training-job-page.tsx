import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { useFormState } from '../kit/form-state.ts'
import { PageForm } from '../kit/page-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { useSession } from '../session/session.ts'
import { told } from '../shell/notices.tsx'
import { useAlgorithm } from './algorithm.ts'
import { useTrainingJob } from './training-job.ts'
import { trainingJobFields } from './training-job-fields.tsx'
import { trainingJobRules } from './training-job-rules.ts'
import {
  clonedTrainingJob,
  newTrainingJob,
  type TrainingJobValues,
  trainingJobFor,
  trainingJobRequest,
} from './training-job-values.ts'
import { trainingTexts as words } from './training-texts.ts'

/** The form: empty, filled as another job (`?clone=NAME`), or for an algorithm (`?algorithm=ARN`). */
export default function CreateTrainingJobPage() {
  const [clone] = useUrlState('clone', '')
  const [algorithm] = useUrlState('algorithm', '')
  if (clone !== '') return <ClonedForm name={clone} />
  return algorithm === '' ? (
    <TrainingJobForm begin={{ ...newTrainingJob, source: 'container' }} />
  ) : (
    <SpecifiedForm algorithm={algorithm} />
  )
}

function ClonedForm({ name }: { readonly name: string }) {
  const { data, error } = useTrainingJob(name)
  if (error && !data) return <ErrorAlert error={error} />
  return data ? <TrainingJobForm begin={clonedTrainingJob(data)} /> : <Spinner size="large" />
}

function SpecifiedForm({ algorithm }: { readonly algorithm: string }) {
  const { data, error } = useAlgorithm(algorithm)
  const who = useSession()
  if (error && !data) return <ErrorAlert error={error} />
  if (!data || typeof who === 'string') return <Spinner size="large" />
  return <TrainingJobForm begin={trainingJobFor(data, who.account)} />
}

function TrainingJobForm({ begin }: { readonly begin: TrainingJobValues }) {
  const [region] = useRegion()
  const form = useFormState(begin, trainingJobRules)
  const input = trainingJobRequest(form.values)
  const href = pathTo('trainingJob', { name: form.values.name })
  return (
    <PageForm
      title={words.create}
      description={words.form.description}
      form={form}
      sections={trainingJobFields(form)}
      submitText={words.create}
      back={pathTo('trainingJobs')}
      request={{ service: 'sagemaker', operation: 'CreateTrainingJob', input }}
      submit={async () => {
        await sagemaker(region).send(new CreateTrainingJobCommand(input))
        told(words.created(form.values.name))
        return href
      }}
    />
  )
}
