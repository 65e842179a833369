import { writeFile } from 'node:fs/promises'
import { type Field, type FieldClass, fieldsOf } from '../../src/sagemaker/field-table.ts'
import { createSageMakerService } from '../../src/sagemaker/sagemaker-service.ts'

/** `docs/fields.md`: what becomes of every member of every request. `node test/parity/fields-document.ts` writes it. */
export const documentUrl = new URL('../../docs/fields.md', import.meta.url)

export function fieldsDocument(): string {
  const operations = Object.keys(createSageMakerService().operations).sort()
  const all = operations.flatMap(fieldsOf)
  const count = (wanted: FieldClass): number => all.filter(field => field.class === wanted && !field.inner).length
  return [
    '# What becomes of each member of a SageMaker request',
    '',
    'Written by `node test/parity/fields-document.ts` from `src/sagemaker/field-table.ts` and `unsupported.ts`; `test/parity/fields.test.ts`',
    'proves it by calls. *Honoured*: it changes what happens or what is answered. *Returned*: it is stored, and the Describe operation',
    'tells it. *Refused*: a request that gives it is answered with a ValidationException that names it. *Limited*: some values are',
    'honoured or returned, the others refused. A row stands for everything inside it that has no row of its own.',
    '',
    `Of ${all.filter(({ inner }) => !inner).length} members, ${count('honoured')} are honoured, ${count('returned')} returned, ${count('limited')} limited, ${count('refused')} refused.`,
    '',
    ...operations.flatMap(section),
  ].join('\n')
}

function section(operation: string): string[] {
  const fields = fieldsOf(operation)
  if (fields.length === 0) return []
  const rows = fields.filter(field => !told(field, fields))
  const lines = rows.map(({ path, class: what, note = '' }) => `| \`${path}\` | ${what} | ${note} |`)
  return [`## ${operation}`, '', '| member | | |', '| --- | --- | --- |', ...lines, '']
}

/** An outer member stands for it, when all inside that one goes the same way. */
const told = (field: Field, fields: readonly Field[]): boolean =>
  fields.some(
    outer =>
      outer !== field &&
      field.path.startsWith(`${outer.path}.`) &&
      outer.class === field.class &&
      outer.note === field.note,
  )

if (import.meta.main) await writeFile(documentUrl, fieldsDocument())
