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
import { Refusal } from './refusal.tsx'

const words = texts.form

export interface WizardStep {
  readonly title: string
  readonly description?: string
  /** What has to be right before one goes on. */
  readonly fields: readonly string[]
  readonly sections: readonly { readonly title: string; readonly content: ReactNode }[]
  /** Keeps the page at the server before the next one opens; throws what the API refuses. */
  save?(): Promise<void>
}

interface Props<Values extends object> {
  readonly title: string
  readonly form: FormState<Values>
  readonly steps: readonly WizardStep[]
  readonly submitText: string
  readonly back: string
  /** The page that is open first; where pages are kept at the server, the first that is not. */
  readonly startAt?: number
  /** Of the page that is open. */
  readonly request: (page: number) => CliRequest
  /** The field that a refusal is about. */
  fieldOf?(error: unknown): (keyof Values & string) | undefined
  /** Throws what the API refuses; resolves with where to go. */
  submit(): Promise<string>
}

/** A form of several pages: each is checked, and kept where it can be, before the next one opens; a refusal stands beside its field. */
export function WizardForm<Values extends object>({ title, form, steps, ...props }: Props<Values>) {
  const [at, setAt] = useState(props.startAt ?? 0)
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)
  const [showsCli, setShowsCli] = useState(false)
  const keeps = steps.some(({ save }) => save)
  const refuse = (error: unknown) => {
    setProblem(error)
    const field = props.fieldOf?.(error)
    if (field === undefined) return
    form.refuse(field, errorWords(error))
    const index = steps.findIndex(({ fields }) => fields.includes(field))
    if (index !== -1) setAt(index)
  }
  const work = async (run: () => Promise<void>) => {
    setProblem(undefined)
    setWaits(true)
    try {
      await run()
    } catch (error) {
      refuse(error)
    }
    setWaits(false)
  }
  const keep = async (last: number) => {
    for (const step of steps.slice(at, last)) await step.save?.()
    form.settle()
  }
  const goTo = (index: number) => {
    const before = steps.slice(at, index).flatMap(({ fields }) => fields)
    if (!form.check(before)) return
    if (!keeps || index < at) return setAt(index)
    void work(async () => {
      await keep(index)
      setAt(index)
    })
  }
  const exit = () => {
    if (form.check(steps[at]?.fields ?? []))
      void work(async () => {
        await keep(at + 1)
        navigate(props.back)
      })
  }
  const submit = () => {
    if (!form.check()) {
      const index = steps.findIndex(({ fields }) => fields.includes(form.wrong[0] ?? ''))
      return setAt(index === -1 ? at : index)
    }
    void work(async () => {
      const to = await props.submit()
      form.settle()
      navigate(to)
    })
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
        onSubmit={submit}
        secondaryActions={
          <SpaceBetween direction="horizontal" size="xs">
            {keeps && <Button onClick={exit}>{words.saveAndExit}</Button>}
            {(keeps || at === steps.length - 1) && <Button onClick={() => setShowsCli(true)}>{words.cli}</Button>}
          </SpaceBetween>
        }
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
              {problem !== undefined && (
                <Alert type="error">
                  <Refusal error={problem} list={props.back} />
                </Alert>
              )}
            </SpaceBetween>
          ),
        }))}
      />
      {showsCli && <CliDialog request={props.request(at)} close={() => setShowsCli(false)} />}
      <h1 className="only-heard">{title}</h1>
    </>
  )
}
