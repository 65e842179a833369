import { inferenceComponents } from '../sagemaker/serving/component-row.ts'
import { endpoints } from '../sagemaker/serving/endpoint.ts'
import { changeCapacities } from '../sagemaker/serving/endpoint-capacity.ts'
import { waits } from '../sagemaker/serving/endpoint-decision.ts'
import { changeCopies } from '../sagemaker/serving/inference-component.ts'
import type { Transaction } from '../store/store.ts'
import type { TargetRow } from './scalable-target.ts'
import { parseResource } from './scaled-name.ts'

/** What a scalable target counts, as its row says: instances of a variant, or copies of a component. */
export interface ScaledResource {
  /** As activities call them. */
  readonly counted: 'instance count' | 'copy count'
  /** What is there already. */
  readonly count: number
  /** A number may be asked for. */
  readonly isReady: boolean
  readonly isChanging: boolean
  /** A change waits for capacity of the machine. */
  readonly waits: boolean
  readonly failureReason: string | undefined
  scale(to: number, now: Date): Promise<void>
}

const changing: readonly string[] = ['Creating', 'Updating', 'RollingBack']

/** Undefined when it is gone. */
export async function scaledResource(tx: Transaction, target: TargetRow): Promise<ScaledResource | undefined> {
  const name = parseResource({ ServiceNamespace: 'sagemaker', ResourceId: target.resource })
  const arn = (rest: string) => `arn:aws:sagemaker:${target.region}:${target.account}:${rest}`
  return name.component === undefined
    ? variantOf(tx, arn(`endpoint/${name.endpoint}`), name.variant)
    : componentOf(tx, arn(`inference-component/${name.component}`))
}

async function variantOf(tx: Transaction, arn: string, variant: string): Promise<ScaledResource | undefined> {
  const row = await endpoints.get(tx, arn)
  if (!row) return undefined
  const { live, status } = row
  const isHere = live?.variants.some(({ name }) => name === variant) ?? false
  return {
    counted: 'instance count',
    count: live?.hosts.filter(host => host.variant === variant).length ?? 0,
    isReady: isHere && (status === 'InService' || status === 'Failed'),
    isChanging: changing.includes(status),
    waits: waits(row),
    failureReason: row.failureReason,
    scale: (to, now) => changeCapacities(tx, row, [{ VariantName: variant, DesiredInstanceCount: to }], now),
  }
}

async function componentOf(tx: Transaction, arn: string): Promise<ScaledResource | undefined> {
  const row = await inferenceComponents.get(tx, arn)
  return (
    row && {
      counted: 'copy count',
      count: row.live?.count ?? 0,
      isReady: row.status === 'InService',
      isChanging: changing.includes(row.status),
      waits: false,
      failureReason: row.failureReason,
      scale: to => changeCopies(tx, row, to),
    }
  )
}
