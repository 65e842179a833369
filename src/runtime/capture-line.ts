import type { CaptureRules } from './routing-table.ts'

/** One side of an invocation. */
export interface Captured {
  readonly contentType?: string | undefined
  readonly body: Uint8Array
}

export interface CapturedInvocation {
  readonly input: Captured
  readonly output: Captured
  readonly customAttributes?: string | undefined
  readonly inferenceId?: string | undefined
  readonly eventId: string
  readonly time: Date
}

/** A line of a capture file, with its line end. Source: SageMaker Developer Guide, "Capture data from real-time endpoint". */
export function captureLine(rules: CaptureRules, { input, output, ...event }: CapturedInvocation): string {
  const side = (mode: 'INPUT' | 'OUTPUT', { contentType, body }: Captured) => ({
    ...(contentType && { observedContentType: contentType }),
    mode,
    ...encoded(rules, contentType, body),
  })
  const line = {
    captureData: {
      ...(rules.input && { endpointInput: side('INPUT', input) }),
      ...(rules.output && { endpointOutput: side('OUTPUT', output) }),
    },
    eventMetadata: {
      eventId: event.eventId,
      ...(event.customAttributes && { customAttributes: [event.customAttributes] }),
      ...(event.inferenceId && { inferenceId: event.inferenceId }),
      inferenceTime: `${event.time.toISOString().slice(0, 19)}Z`,
    },
    eventVersion: '0',
  }
  return `${JSON.stringify(line)}\n`
}

/** Text of the types that the configuration names is kept as it is; everything else, and what is no text after all, in base64. */
function encoded({ csv, json }: CaptureRules, contentType: string | undefined, body: Uint8Array) {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const encoding = csv.includes(type) ? 'CSV' : json.includes(type) ? 'JSON' : 'BASE64'
  const bytes = Buffer.from(body)
  const text = encoding === 'BASE64' ? '' : bytes.toString()
  return encoding === 'BASE64' || !Buffer.from(text).equals(bytes)
    ? { data: bytes.toString('base64'), encoding: 'BASE64' }
    : { data: text, encoding }
}
