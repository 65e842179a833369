import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Wizard from '@cloudscape-design/components/wizard'
import { type ReactNode, useState } from 'react'
import { navigate } from '../route/location.ts'
import { texts } from '../texts.ts'
import { CliDialog, type CliRequest } from './cli-dialog.tsx'
import { errorWords } from './error-alert.tsx'
import type { FormState } from './form-state.ts'

const words = texts.form

export interface WizardStep {
  readonly title: string
  readonly description?: string
  /** What has to be right before one goes on. */
  readonly fields: readonly string[]
  readonly sections: readonly { readonly title: string; readonly content: ReactNode }[]
}

interface Props<Values extends object> {
  readonly title: string
  readonly form: FormState<Values>
  readonly steps: readonly WizardStep[]
  readonly submitText: string
  readonly back: string
  readonly request: () => CliRequest
  /** Throws what the API refuses; resolves with where to go. */
  submit(): Promise<string>
}

/** A form of several pages: each is checked before the next one opens, and the API's refusal stands on the last. */
export function WizardForm<Values extends object>({ title, form, steps, ...props }: Props<Values>) {
  const [at, setAt] = useState(0)
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)
  const [showsCli, setShowsCli] = useState(false)
  const goTo = (index: number) => {
    const before = steps.slice(at, index).flatMap(({ fields }) => fields)
    if (form.check(before)) setAt(index)
  }
  const submit = async () => {
    setProblem(undefined)
    if (!form.check()) {
      const index = steps.findIndex(({ fields }) => fields.includes(form.wrong[0] ?? ''))
      return setAt(index === -1 ? at : index)
    }
    setWaits(true)
    try {
      const to = await props.submit()
      form.settle()
      navigate(to)
    } catch (error) {
      setProblem(error)
      setWaits(false)
    }
  }
  return (
    <>
      <Wizard
        activeStepIndex={at}
        isLoadingNextStep={waits}
        submitButtonText={props.submitText}
        i18nStrings={words.wizard}
        onNavigate={({ detail }) => goTo(detail.requestedStepIndex)}
        onCancel={() => navigate(props.back)}
        onSubmit={() => void submit()}
        secondaryActions={at === steps.length - 1 && <Button onClick={() => setShowsCli(true)}>{words.cli}</Button>}
        steps={steps.map(step => ({
          title: step.title,
          description: step.description,
          content: (
            <SpaceBetween size="l">
              {step.sections.map(section => (
                <Container key={section.title} header={<Header variant="h2">{section.title}</Header>}>
                  <SpaceBetween size="m">{section.content}</SpaceBetween>
                </Container>
              ))}
              {problem !== undefined && <Alert type="error">{`${words.refused}. ${errorWords(problem)}`}</Alert>}
            </SpaceBetween>
          ),
        }))}
      />
      {showsCli && <CliDialog request={props.request()} close={() => setShowsCli(false)} />}
      <h1 className="only-heard">{title}</h1>
    </>
  )
}
