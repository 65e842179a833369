import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Textarea from '@cloudscape-design/components/textarea'
import { useRef, useState } from 'react'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { memberOf, withMember } from './definition-mistake.ts'
import type { DocumentShape } from './definition-shapes.ts'
import { documentMistake } from './product-rules.ts'
import { json } from './product-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.validation

interface Props<Values extends object> {
  readonly form: FormState<Values>
  readonly name: keyof Values & string
  readonly label: string
  readonly description: string
  /** What stands in it: typed, or a template. */
  readonly text: string
  readonly shape: DocumentShape
  /** What it is reset to; nothing begins with the template again. */
  readonly template?: string
  /** Members that are often changed, each with words that it takes. */
  readonly choices?: readonly MemberChoice[]
}

export interface MemberChoice {
  /** `TransformInput.SplitType`. */
  readonly path: string
  readonly values: readonly string[]
}

/** A document to be edited, which begins as a template of what was said before, and is held against the API's members as one types. */
export default function JsonField<Values extends object>(props: Props<Values>) {
  const { form, name, label, description, text, shape, template = '', choices = [] } = props
  const [replaced, setReplaced] = useState<string>()
  const put = (value: string) => form.set(name, value as Values[typeof name])
  const set = (value: string) => {
    setReplaced(undefined)
    put(value)
  }
  const mistake = documentMistake(text, shape)
  const isJson = isJsonText(text)
  const frame = useRef<HTMLDivElement>(null)
  const reset = () => {
    setReplaced(text)
    put(template)
  }
  const goTo = (line: number) => selectLine(frame.current?.querySelector('textarea'), line)
  return (
    <SpaceBetween size="xs">
      <div ref={frame}>
        <Field form={form} name={name} label={label} description={description}>
          <Textarea
            value={text}
            rows={Math.min(24, text.split('\n').length + 1)}
            spellcheck={false}
            onChange={({ detail }) => set(detail.value)}
          />
        </Field>
      </div>
      {mistake && (
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <StatusIndicator type="error">{sellerTexts.rules.atLine(mistake.line, mistake.text)}</StatusIndicator>
          <Button
            variant="inline-link"
            ariaLabel={`${words.goTo(mistake.line)}: ${label}`}
            onClick={() => goTo(mistake.line)}
          >
            {words.goTo(mistake.line)}
          </Button>
        </SpaceBetween>
      )}
      <SpaceBetween direction="horizontal" size="xs" alignItems="end">
        {isJson &&
          choices.map(({ path, values }) => (
            <MemberSelect key={path} {...{ path, values, text, label }} set={value => set(json(value))} />
          ))}
        <Button ariaLabel={`${words.format}: ${label}`} disabled={!isJson} onClick={() => set(json(JSON.parse(text)))}>
          {words.format}
        </Button>
        {replaced !== undefined ? (
          <Button ariaLabel={`${words.undoReset}: ${label}`} onClick={() => set(replaced)}>
            {words.undoReset}
          </Button>
        ) : (
          <Button ariaLabel={`${words.reset}: ${label}`} onClick={reset}>
            {words.reset}
          </Button>
        )}
      </SpaceBetween>
    </SpaceBetween>
  )
}

const isJsonText = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Puts the cursor on a line, which is seen then. */
function selectLine(area: HTMLTextAreaElement | null | undefined, line: number): void {
  if (!area) return
  const lines = area.value.split('\n')
  const start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0)
  area.focus()
  area.setSelectionRange(start, start + (lines[line - 1] ?? '').length)
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 4)
}

interface SelectProps extends MemberChoice {
  readonly text: string
  readonly label: string
  set(document: unknown): void
}

/** Sets one member of the document. */
function MemberSelect({ path, values, text, label, set }: SelectProps) {
  const document: unknown = JSON.parse(text)
  const value = memberOf(document, path)
  const name = path.split('.').at(-1) ?? path
  return (
    <div className="member-choice">
      <Select
        ariaLabel={`${name}: ${label}`}
        inlineLabelText={name}
        options={values.map(each => ({ value: each, label: each }))}
        selectedOption={value === '' ? null : { value, label: value }}
        onChange={({ detail }) => set(withMember(document, path, detail.selectedOption.value ?? ''))}
      />
    </div>
  )
}
