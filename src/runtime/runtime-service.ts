import type * as Sdk from '@aws-sdk/client-sagemaker-runtime'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import type { Invoker } from '../workload/invoke.ts'
import type { DataCapture } from './data-capture.ts'
import { createChooseTarget, createFindRoute } from './endpoint-target.ts'
import { invokeEndpoint } from './invoke-endpoint.ts'
import { invokeEndpointAsync } from './invoke-endpoint-async.ts'
import { invokeEndpointWithResponseStream } from './invoke-endpoint-with-response-stream.ts'
import type { MeteringJournal } from './metering-journal.ts'
import type { RoutingTable } from './routing-table.ts'
import type { RuntimeParts } from './runtime-operation.ts'

type RuntimeApi = SdkApi<typeof Sdk>

/** SageMaker Runtime. */
export function createRuntimeService(
  routes: RoutingTable,
  invoker: Invoker,
  journal: MeteringJournal,
  capture: DataCapture,
): Service {
  const findRoute = createFindRoute(routes)
  const parts: RuntimeParts = {
    findRoute,
    chooseTarget: createChooseTarget(findRoute, routes.outstanding),
    invoker,
    journal,
    capture,
  }
  return service<RuntimeApi, RuntimeParts>({
    model: 'sagemaker-runtime',
    parts: () => parts,
    operations: allAsk<RuntimeApi, RuntimeParts>(
      ({ EndpointName, TargetModel }, { region, account }, operation) => [
        {
          action: `sagemaker:${operation}`,
          resource: `arn:aws:sagemaker:${region}:${account}:endpoint/${EndpointName}`,
          ...(TargetModel !== undefined && { conditions: { 'sagemaker:TargetModel': TargetModel } }),
        },
      ],
      {
        InvokeEndpoint: invokeEndpoint,
        InvokeEndpointAsync: invokeEndpointAsync,
        InvokeEndpointWithResponseStream: invokeEndpointWithResponseStream,
      },
    ),
  })
}
