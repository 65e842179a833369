import Link from '@cloudscape-design/components/link'
import { LostAnswer } from '../api/lost-answer.ts'
import { texts } from '../texts.ts'
import { refusalWords } from './error-alert.tsx'

/** Why a form was not taken; where that is not known, the way to the list that says so, beside the form as it stands. */
export const Refusal = ({ error, list }: { readonly error: unknown; readonly list: string }) => (
  <>
    {refusalWords(error)}{' '}
    {error instanceof LostAnswer && (
      <Link href={list} external externalIconAriaLabel={texts.form.external}>
        {texts.form.look}
      </Link>
    )}
  </>
)
