import type * as Sdk from '@aws-sdk/client-sagemaker-runtime'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import { invokeEndpoint } from './invoke-endpoint.ts'
import { invokeEndpointWithResponseStream } from './invoke-endpoint-with-response-stream.ts'
import type { Op, RuntimeParts } from './runtime-operation.ts'

type RuntimeApi = SdkApi<typeof Sdk>

/** SageMaker Runtime. */
export function createRuntimeService(parts: RuntimeParts, acceptAsync: Op<'InvokeEndpointAsync'>): Service {
  return service<RuntimeApi, RuntimeParts>({
    model: 'sagemaker-runtime',
    parts: () => parts,
    operations: allAsk<RuntimeApi, RuntimeParts>(
      ({ EndpointName, TargetModel, InferenceComponentName: component }, { region, account }, operation) => [
        {
          action: `sagemaker:${operation}`,
          resource: `arn:aws:sagemaker:${region}:${account}:endpoint/${EndpointName}`,
          ...(TargetModel !== undefined && { conditions: { 'sagemaker:TargetModel': TargetModel } }),
        },
        ...(component === undefined
          ? []
          : [
              {
                action: `sagemaker:${operation}`,
                resource: `arn:aws:sagemaker:${region}:${account}:inference-component/${component}`,
              },
            ]),
      ],
      {
        InvokeEndpoint: invokeEndpoint,
        InvokeEndpointAsync: acceptAsync,
        InvokeEndpointWithResponseStream: invokeEndpointWithResponseStream,
      },
    ),
  })
}
