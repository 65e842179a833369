import type { HyperParameterSpecification, ParameterRanges } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { valueProblem } from '../product/algorithm-rules.ts'
import { autoRange } from './strategy/auto-range.ts'
import { autoScaling, type NumericParameter, type Parameter, type Scaling } from './strategy/parameter.ts'
import type { Space } from './strategy/space.ts'

/** Source: SageMaker Developer Guide, "Resource Limits for Automatic Model Tuning". */
const mostSearched = 30

interface Bounds {
  Name?: string
  MinValue?: string
  MaxValue?: string
  ScalingType?: string
}

const complain = (name: string | undefined, problem: string) =>
  new ValidationException(`The range of the hyperparameter "${name}" ${problem}.`)

/**
 * The space that ranges span. `declared` are the hyperparameters of an algorithm resource, of which only the tunable may be searched
 * and only within their own ranges. Throws ValidationException. Source: SageMaker Developer Guide, "Define Hyperparameter Ranges".
 */
export function tuningSpace(
  ranges: ParameterRanges | undefined,
  declared: readonly HyperParameterSpecification[] | undefined,
): Space {
  const space: Parameter[] = [
    ...(ranges?.CategoricalParameterRanges ?? []).map(({ Name, Values }) => categorical(Name, Values ?? [])),
    ...(ranges?.IntegerParameterRanges ?? []).map(range => numeric('integer', range)),
    ...(ranges?.ContinuousParameterRanges ?? []).map(range => numeric('continuous', range)),
    ...(ranges?.AutoParameters ?? []).map(({ Name, ValueHint }) => automatic(Name, ValueHint, declared)),
  ]
  if (space.length === 0) throw new ValidationException('At least one hyperparameter must have a range to search.')
  if (space.length > mostSearched)
    throw new ValidationException(`At most ${mostSearched} hyperparameters can be searched, not ${space.length}.`)
  const names = space.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw complain(twice, 'is given more than once')
  for (const parameter of declared ? space : []) checkDeclared(parameter, declared ?? [])
  return space
}

function categorical(name: string | undefined, values: readonly string[]): Parameter {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) throw complain(name, `holds the value "${twice}" more than once`)
  return { kind: 'categorical', name: name as string, values }
}

function numeric(kind: NumericParameter['kind'], { Name, MinValue, MaxValue, ScalingType }: Bounds): Parameter {
  const [min, max] = [MinValue, MaxValue].map(text => bound(kind, Name, text)) as [number, number]
  if (min > max) throw complain(Name, `has a MinValue, ${MinValue}, that is greater than its MaxValue, ${MaxValue}`)
  if (ScalingType === 'Logarithmic' && min <= 0)
    throw complain(Name, `cannot have Logarithmic scaling: it has values that are not greater than 0`)
  if (ScalingType === 'ReverseLogarithmic' && kind === 'integer')
    throw complain(Name, 'cannot have ReverseLogarithmic scaling: that is for continuous hyperparameters')
  if (ScalingType === 'ReverseLogarithmic' && (min < 0 || max >= 1))
    throw complain(Name, 'cannot have ReverseLogarithmic scaling: it is not within 0 <= x < 1')
  const scaling = ScalingType && ScalingType !== 'Auto' ? (ScalingType as Scaling) : autoScaling(kind, min, max)
  return { kind, name: Name as string, min, max, scaling }
}

function bound(kind: NumericParameter['kind'], name: string | undefined, text: string | undefined): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw complain(name, `has the bound "${text}", which is not a number`)
  if (kind === 'integer' && !Number.isSafeInteger(value))
    throw complain(name, `has the bound "${text}", which is not an integer`)
  return value
}

function automatic(
  name: string | undefined,
  hint: string | undefined,
  declared: readonly HyperParameterSpecification[] | undefined,
): Parameter {
  const { Type, Range } = declared?.find(({ Name }) => Name === name) ?? {}
  const values = Range?.CategoricalParameterRangeSpecification?.Values
  if (Type === 'Categorical' && values) return categorical(name, values)
  const limits = Range?.IntegerParameterRangeSpecification ?? Range?.ContinuousParameterRangeSpecification
  const range = autoRange(
    name as string,
    hint as string,
    limits && { min: Number(limits.MinValue), max: Number(limits.MaxValue), integer: Type === 'Integer' },
  )
  if (!range)
    throw new ValidationException(`AutoParameters: no range follows from the ValueHint "${hint}" of "${name}".`)
  if (range.min > range.max)
    throw new ValidationException(
      `AutoParameters: the ValueHint "${hint}" of "${name}" is too far from the algorithm's range, ${limits?.MinValue} to ${limits?.MaxValue}.`,
    )
  return range
}

/** Source: botocore's HyperParameterSpecification (IsTunable), and the SageMaker Python SDK's checks of an algorithm's ranges. */
function checkDeclared(parameter: Parameter, declared: readonly HyperParameterSpecification[]): void {
  const spec = declared.find(({ Name }) => Name === parameter.name)
  if (!spec) throw complain(parameter.name, 'is for none that the algorithm has')
  if (!spec.IsTunable) throw complain(parameter.name, 'cannot be searched: the algorithm does not declare it tunable')
  if (parameter.kind === 'continuous' && spec.Type === 'Integer')
    throw complain(parameter.name, 'is continuous, but the algorithm takes integers')
  const ends = parameter.kind === 'categorical' ? parameter.values : [String(parameter.min), String(parameter.max)]
  for (const end of ends) {
    const problem = valueProblem(spec, end)
    if (problem) throw complain(parameter.name, `holds "${end}", but the algorithm's ${problem}`)
  }
}
