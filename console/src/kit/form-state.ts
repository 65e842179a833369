import { useEffect, useRef, useState } from 'react'
import { guardLeaving } from '../route/location.ts'
import { texts } from '../texts.ts'

/** Why a value cannot stand; undefined when it can. */
export type Rule<Values> = (values: Values) => string | undefined
/** In the order of the fields on the page: the first that fails gets the focus. */
export type Rules<Values> = Readonly<Partial<Record<keyof Values & string, Rule<Values>>>>

/** What a person types, what is wrong with it once it was submitted, and that it is not lost by accident. */
export function useFormState<Values extends object>(initial: Values, rules: Rules<Values>) {
  const [values, setValues] = useState(initial)
  // Fields whose mistakes are shown; undefined for all of them.
  const [tried, setTried] = useState<readonly string[] | undefined>([])
  // What the API refused of a field; until the field is changed.
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({})
  const touched = useRef(false)
  useEffect(() => guardLeaving(() => !touched.current || window.confirm(texts.form.leave)), [])
  const wrong = Object.entries(rules as Record<string, Rule<Values>>)
    .map(([field, rule]) => [field, rule(values)] as const)
    .filter(([, why]) => why !== undefined)
  return {
    values,
    set<Field extends keyof Values>(field: Field, value: Values[Field]): void {
      touched.current = true
      setValues(before => ({ ...before, [field]: value }))
      setRefused(({ [String(field)]: _, ...others }) => others)
    },
    /** Shows beside a field why the API does not take it. */
    refuse: (field: keyof Values & string, why: string): void => setRefused(before => ({ ...before, [field]: why })),
    errorOf: (field: keyof Values & string): string | undefined =>
      (tried === undefined || tried.includes(field) ? wrong.find(([name]) => name === field)?.[1] : undefined) ??
      refused[field],
    /** The fields that are wrong, in their order. */
    wrong: wrong.map(([name]) => name),
    /** Shows what is wrong from now on, of these fields or of all, and puts the focus there. */
    check(fields?: readonly string[]): boolean {
      setTried(before => fields && before && [...before, ...fields])
      const first = wrong.find(([name]) => fields === undefined || fields.includes(name))
      if (!first) return true
      document.querySelector<HTMLElement>(`[data-field="${first[0]}"] :is(input, textarea, button)`)?.focus()
      return false
    },
    /** What was typed is sent: the page may be left. */
    settle: () => {
      touched.current = false
    },
  }
}

export type FormState<Values extends object> = ReturnType<typeof useFormState<Values>>

export const wanted = (value: string): string | undefined => (value.trim() === '' ? texts.form.wanted : undefined)
