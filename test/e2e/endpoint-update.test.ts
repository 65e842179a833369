import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createEndpoint, endpointSettled, instanceType, invoke, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'

const EndpointName = 'renewed'

await onEveryEngine('an endpoint that is updated', 'contract-probe', at => {
  it('serves with the new configuration, shares traffic anew, and answers all the while', async () => {
    const { seller } = at()
    const { sagemaker } = seller
    const settled = async () => {
      const { EndpointStatus, FailureReason } = await endpointSettled(seller, EndpointName)
      assert.equal(EndpointStatus, 'InService', FailureReason)
    }
    for (const name of ['first', 'second', 'third']) await makeModel(seller, name, { PROBE_MODE: 'inspect' })
    await createEndpoint(seller, EndpointName, ['first'])
    await settled()

    const ProductionVariants = ['second', 'third'].map(name => ({
      ...{ VariantName: name, ModelName: name, InstanceType: instanceType, InitialInstanceCount: 1 },
      InitialVariantWeight: 1,
    }))
    await sagemaker.createEndpointConfig({ EndpointConfigName: 'next', ProductionVariants })
    await sagemaker.updateEndpoint({ EndpointName, EndpointConfigName: 'next' })
    // Whoever asks meanwhile is answered by the old containers or the new ones.
    const ask = () =>
      seller.runtime.invokeEndpoint({ EndpointName, Body: Buffer.from('hello'), ContentType: 'text/plain' })
    await until(
      'the new variants serve',
      async () => (await ask()).InvokedProductionVariant,
      variant => variant !== 'first',
    )
    await settled()
    const described = await sagemaker.describeEndpoint({ EndpointName })
    assert.equal(described.EndpointConfigName, 'next')
    assert.equal((await invoke(seller, EndpointName, 'third')).InvokedProductionVariant, 'third')

    const DesiredWeightsAndCapacities = [{ VariantName: 'second', DesiredWeight: 0 }]
    await sagemaker.updateEndpointWeightsAndCapacities({ EndpointName, DesiredWeightsAndCapacities })
    await settled()
    for (let n = 0; n < 10; n++) assert.equal((await ask()).InvokedProductionVariant, 'third')
    await sagemaker.deleteEndpoint({ EndpointName })
  })
})
