import { load } from '../model/load.ts'
import type { Service } from '../service/operation.ts'
import type { Invoker } from '../workload/invoke.ts'
import { createChooseTarget } from './endpoint-target.ts'
import { createInvokeEndpoint } from './invoke-endpoint.ts'
import { createInvokeEndpointWithResponseStream } from './invoke-endpoint-with-response-stream.ts'
import type { MeteringJournal } from './metering-journal.ts'
import type { RoutingTable } from './routing-table.ts'

/** SageMaker Runtime. Asynchronous invocations are answered as not served. */
export function createRuntimeService(routes: RoutingTable, invoker: Invoker, journal: MeteringJournal): Service {
  const choose = createChooseTarget(routes)
  return {
    model: load('sagemaker-runtime'),
    operations: {
      InvokeEndpoint: createInvokeEndpoint(choose, invoker, journal),
      InvokeEndpointWithResponseStream: createInvokeEndpointWithResponseStream(choose, invoker, journal),
    },
    access: (operation, input, { region, account }) => [
      {
        action: `sagemaker:${operation}`,
        resource: `arn:aws:sagemaker:${region}:${account}:endpoint/${input.EndpointName}`,
      },
    ],
  }
}
