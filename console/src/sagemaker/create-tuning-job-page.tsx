import { CreateHyperParameterTuningJobCommand } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { useFormState } from '../kit/form-state.ts'
import { Loaded } from '../kit/loaded.tsx'
import { PageForm } from '../kit/page-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { useSession } from '../session/session.ts'
import { told } from '../shell/notices.tsx'
import { useAlgorithm } from './algorithm.ts'
import { useTuningJob } from './tuning-job.ts'
import { tuningJobFields } from './tuning-job-fields.tsx'
import { tuningJobRules } from './tuning-job-rules.ts'
import {
  clonedTuningJob,
  newTuningJob,
  type TuningJobValues,
  tuningJobFor,
  tuningJobRequest,
} from './tuning-job-values.ts'
import { tuningTexts as words } from './tuning-texts.ts'

/** The form: empty, filled as another job (`?clone=NAME`), or for an algorithm (`?algorithm=ARN`). */
export default function CreateTuningJobPage() {
  const [clone] = useUrlState('clone', '')
  const [algorithm] = useUrlState('algorithm', '')
  if (clone !== '') return <ClonedForm name={clone} />
  return algorithm === '' ? <TuningJobForm begin={newTuningJob} /> : <SpecifiedForm algorithm={algorithm} />
}

const ClonedForm = ({ name }: { readonly name: string }) => (
  <Loaded query={useTuningJob(name)}>{({ job }) => <TuningJobForm begin={clonedTuningJob(job)} />}</Loaded>
)

function SpecifiedForm({ algorithm }: { readonly algorithm: string }) {
  const who = useSession()
  const query = useAlgorithm(algorithm)
  const account = typeof who === 'string' ? '' : who.account
  return <Loaded query={query}>{described => <TuningJobForm begin={tuningJobFor(described, account)} />}</Loaded>
}

function TuningJobForm({ begin }: { readonly begin: TuningJobValues }) {
  const [region] = useRegion()
  const form = useFormState(begin, tuningJobRules)
  const input = tuningJobRequest(form.values)
  const { name } = form.values
  return (
    <PageForm
      title={words.create}
      description={words.form.description}
      form={form}
      sections={tuningJobFields(form)}
      submitText={words.form.submit}
      back={pathTo('tuningJobs')}
      request={{ service: 'sagemaker', operation: 'CreateHyperParameterTuningJob', input }}
      submit={async () => {
        await sagemaker(region).send(new CreateHyperParameterTuningJobCommand(input))
        told(words.created(name))
        return pathTo('tuningJob', { name })
      }}
    />
  )
}
