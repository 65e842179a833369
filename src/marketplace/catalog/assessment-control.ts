import type { ControlAssessment } from '@aws-sdk/client-marketplace-catalog'
import type { Certificate, Measured } from '../../service/market.ts'

/**
 * What a certificate holds, control by control: the jobs and scans that it rests on, and what was measured meanwhile. AWS has published no
 * framework for machine learning, and its shape no member for a measurement: each is told under `Errors` of a control that has passed, with the
 * code `MEASURED`, in words and, under `Scope`, by names. What could not be measured is `NOT_EXECUTED`.
 */
export const controlsOf = ({ validated, imageBytes, measured }: Certificate): ControlAssessment[] => [
  ...validated.map(name => ({ ControlId: name, ControlAssessmentResult: 'PASS' as const, Errors: [] })),
  ...imageBytes.map(bytes =>
    passed('ImageScan', `The image has ${megabytes(bytes)} compressed.`, { IMAGE_BYTES: bytes }),
  ),
  ...measured.flatMap(measuredControls),
]

function measuredControls({ instanceType, ...told }: Measured): ControlAssessment[] {
  const on = { INSTANCE_TYPE: instanceType }
  const { trainingSeconds, startUpSeconds, peakMemoryBytes, answers } = told
  if (trainingSeconds !== undefined)
    return [
      passed('TrainingTime', `Trained in ${seconds(trainingSeconds)}.`, { ...on, SECONDS: trainingSeconds }),
      memoryControl('TrainingPeakMemory', peakMemoryBytes, on),
    ]
  return [
    startUpSeconds === undefined
      ? unknown('StartUp')
      : passed('StartUp', `Answered GET /ping ${seconds(startUpSeconds)} after its start.`, {
          ...{ ...on, SECONDS: startUpSeconds },
        }),
    ...(answers ? answerControls(answers, on) : [unknown('Latency'), unknown('Throughput')]),
    memoryControl('PeakMemory', peakMemoryBytes, on),
  ]
}

const memoryControl = (id: string, bytes: number | undefined, on: { readonly INSTANCE_TYPE: string }) =>
  bytes === undefined ? unknown(id) : passed(id, `Held ${megabytes(bytes)} of memory at most.`, { ...on, BYTES: bytes })

function answerControls(
  { contentType, count, p50Ms, p99Ms, perSecond }: NonNullable<Measured['answers']>,
  on: { readonly INSTANCE_TYPE: string },
): ControlAssessment[] {
  const of = { ...on, ...(contentType && { CONTENT_TYPE: contentType }), PAYLOADS: count }
  return [
    passed('Latency', `Half of ${count} payloads were answered within ${ms(p50Ms)}, 99 in 100 within ${ms(p99Ms)}.`, {
      ...{ ...of, P50_MILLISECONDS: p50Ms, P99_MILLISECONDS: p99Ms },
    }),
    passed('Throughput', `${perSecond.toFixed(1)} payloads a second.`, { ...of, PER_SECOND: perSecond }),
  ]
}

const passed = (ControlId: string, Message: string, scope: Readonly<Record<string, string | number>>) => ({
  ...{ ControlId, ControlAssessmentResult: 'PASS' as const },
  Errors: [
    { Code: 'MEASURED', Message, Scope: Object.entries(scope).map(([Name, value]) => ({ Name, Value: told(value) })) },
  ],
})

const unknown = (ControlId: string) => ({ ControlId, ControlAssessmentResult: 'NOT_EXECUTED' as const, Errors: [] })

/** To the thousandth: more of it is noise. */
const told = (value: string | number): string =>
  typeof value === 'string' ? value : String(Math.round(value * 1000) / 1000)

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const seconds = (value: number): string => `${value.toFixed(1)} s`
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`
