import { CreateTrainingJobCommand, type DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { useFormState } from '../kit/form-state.ts'
import { PageForm } from '../kit/page-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { useTrainingJob } from './training-job.ts'
import { trainingJobFields } from './training-job-fields.tsx'
import { trainingJobRules } from './training-job-rules.ts'
import { clonedTrainingJob, newTrainingJob, trainingJobRequest } from './training-job-values.ts'
import { trainingTexts as words } from './training-texts.ts'

/** The form: empty, filled as another job (`?clone=NAME`), or for an algorithm (`?algorithm=ARN`). */
export default function CreateTrainingJobPage() {
  const [clone] = useUrlState('clone', '')
  return clone === '' ? <TrainingJobForm /> : <ClonedForm name={clone} />
}

function ClonedForm({ name }: { readonly name: string }) {
  const { data, error } = useTrainingJob(name)
  if (error && !data) return <ErrorAlert error={error} />
  return data ? <TrainingJobForm like={data} /> : <Spinner size="large" />
}

function TrainingJobForm({ like }: { readonly like?: DescribeTrainingJobResponse }) {
  const [region] = useRegion()
  const [algorithm] = useUrlState('algorithm', '')
  const begin = like
    ? clonedTrainingJob(like)
    : { ...newTrainingJob, algorithm, source: algorithm === '' ? 'container' : 'own' }
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
