import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { LostAnswer } from '../api/lost-answer.ts'
import { queryClient } from '../api/query-client.ts'
import { told } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { CliDialog, type CliRequest } from './cli-dialog.tsx'
import { refusalWords } from './error-alert.tsx'
import type { FormState } from './form-state.ts'

interface Props<Values extends object> {
  readonly title: string
  readonly form: FormState<Values>
  readonly submitText: string
  /** What is said when it is done. */
  readonly done: string
  /** Of the lists and pages that are asked again. */
  readonly kinds: readonly string[]
  /** What the form is about to ask of an API, for whoever wants it as a line. */
  readonly request?: CliRequest
  readonly children: ReactNode
  /** Throws what the API refuses. */
  submit(): Promise<unknown>
  close(): void
}

/** A form that fits a dialog: what is wrong stands beside its field, the API's refusal below them. */
export function DialogForm<Values extends object>(props: Props<Values>) {
  const { title, form, submitText, request, children, close } = props
  const [showsCli, setShowsCli] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)
  const submit = async () => {
    setProblem(undefined)
    if (!form.check()) return
    setWaits(true)
    try {
      await props.submit()
      form.settle()
      for (const kind of props.kinds) await queryClient.invalidateQueries({ queryKey: [kind] })
      told(props.done)
      close()
    } catch (error) {
      // It may be there: the list behind the dialog says so.
      if (error instanceof LostAnswer)
        for (const kind of props.kinds) void queryClient.invalidateQueries({ queryKey: [kind] })
      setProblem(error)
      setWaits(false)
    }
  }
  return (
    <>
      <Modal
        visible
        header={title}
        closeAriaLabel={texts.form.close}
        onDismiss={close}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              {request && <Button onClick={() => setShowsCli(true)}>{texts.form.cli}</Button>}
              <Button variant="link" onClick={close}>
                {texts.form.cancel}
              </Button>
              <Button variant="primary" loading={waits} onClick={() => void submit()}>
                {submitText}
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          {children}
          {problem !== undefined && <Alert type="error">{refusalWords(problem)}</Alert>}
        </SpaceBetween>
      </Modal>
      {showsCli && request && <CliDialog request={request} close={() => setShowsCli(false)} />}
    </>
  )
}
