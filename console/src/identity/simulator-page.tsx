import { type EvaluationResult, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useMutation } from '@tanstack/react-query'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { linesOf as lines } from '../kit/lines.ts'
import { SimpleTable } from '../kit/simple-table.tsx'
import { useUrlState } from '../route/location.ts'
import { useSession } from '../session/session.ts'
import { client } from './identity.ts'
import { identityTexts } from './identity-texts.ts'

const texts = identityTexts.simulator

/** May X do Y: asked of the evaluator itself. */
export default function SimulatorPage() {
  const who = useSession()
  const own = typeof who === 'string' || who.arn.endsWith(':root') ? '' : who.arn
  const [principal] = useUrlState('principal', own)
  const form = useFormState(
    { principal, actions: 'sagemaker:CreateTrainingJob\ns3:GetObject', resources: '*' },
    {
      principal: values => (/^arn:aws:iam::\d{12}:/.test(values.principal) ? undefined : texts.principalRule),
      actions: ({ actions }) =>
        lines(actions).length > 0 && lines(actions).every(line => line.includes(':')) ? undefined : texts.actionsRule,
    },
  )
  const answer = useMutation({
    mutationFn: async () => {
      const { values } = form
      const ask = new SimulatePrincipalPolicyCommand({
        PolicySourceArn: values.principal,
        ActionNames: lines(values.actions),
        ...(lines(values.resources).length > 0 && { ResourceArns: lines(values.resources) }),
        MaxItems: 1000,
      })
      return (await client().send(ask)).EvaluationResults ?? []
    },
    onSuccess: form.settle,
  })
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={texts.description}>
          {texts.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <SpaceBetween size="m">
            <TextField form={form} name="principal" label={texts.principal} constraint={texts.principalRule} />
            <TextareaField form={form} name="actions" label={texts.actions} constraint={texts.actionsRule} />
            <TextareaField form={form} name="resources" label={texts.resources} constraint={texts.resourcesRule} />
            <Button variant="primary" loading={answer.isPending} onClick={() => form.check() && answer.mutate()}>
              {texts.run}
            </Button>
          </SpaceBetween>
        </Container>
        {answer.error && <ErrorAlert error={answer.error} />}
        {answer.data && (
          <Container header={<Header variant="h2">{texts.results}</Header>}>
            <Answers results={answer.data} />
          </Container>
        )}
      </SpaceBetween>
    </ContentLayout>
  )
}

const Answers = ({ results }: { readonly results: readonly EvaluationResult[] }) => (
  <SimpleTable
    label={texts.results}
    items={results}
    empty={texts.none}
    columns={[
      { header: texts.action, cell: ({ EvalActionName }) => EvalActionName },
      { header: texts.resource, cell: ({ EvalResourceName }) => EvalResourceName },
      {
        header: texts.decision,
        cell: ({ EvalDecision }) => (
          <StatusIndicator type={EvalDecision === 'allowed' ? 'success' : 'error'}>{EvalDecision}</StatusIndicator>
        ),
      },
      {
        header: texts.statements,
        cell: ({ MatchedStatements = [] }) =>
          MatchedStatements.map(({ SourcePolicyId }) => SourcePolicyId).join(', ') || texts.none,
      },
    ]}
  />
)
