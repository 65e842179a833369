"""Version 3: models, endpoints, transform jobs and the registry, by ModelBuilder and by resource classes."""
import io
import tarfile

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, ModelPackage, ModelPackageGroup, TransformJob
from sagemaker.core.shapes import (
    ContainerDefinition, DataProcessing, ProductionVariant, TransformDataSource, TransformInput,
    TransformOutput, TransformResources, TransformS3DataSource,
)
from sagemaker.serve.model_builder import ModelBuilder

from flow import BUCKET, IMAGE, INSTANCE, ROLE, flow, holds, main, name

session = Session(default_bucket=BUCKET)
s3 = session.boto_session.client('s3')


def model(mode='echo', **more):
    container = ContainerDefinition(image=IMAGE, environment={'PROBE_MODE': mode})
    return Model.create(model_name=name(f'v3-{mode}'), primary_container=container, execution_role_arn=ROLE, **more)


def endpoint(of):
    config = name('v3-config')
    variant = ProductionVariant(variant_name='all', model_name=of.model_name, instance_type=INSTANCE, initial_instance_count=1)
    EndpointConfig.create(endpoint_config_name=config, production_variants=[variant])
    made = Endpoint.create(endpoint_name=name('v3'), endpoint_config_name=config)
    made.wait_for_status('InService')
    return made


@flow('Endpoint of the resource classes')
def endpoints(step):
    with step('create, wait, invoke'):
        made = endpoint(model('upper'))
        answer = made.invoke(body=b'loud', content_type='text/plain', custom_attributes='k=v', inference_id='one')
        holds(answer.body.read() == b'LOUD', 'not the body')
    with step('update weights and capacities, and to another configuration'):
        from sagemaker.core.shapes import DesiredWeightAndCapacity
        made.update_weights_and_capacities([DesiredWeightAndCapacity(variant_name='all', desired_weight=2.0, desired_instance_count=1)])
        made.wait_for_status('InService')
        variant = ProductionVariant(variant_name='all', model_name=model('echo').model_name, instance_type=INSTANCE, initial_instance_count=1)
        config = EndpointConfig.create(endpoint_config_name=name('v3-config'), production_variants=[variant])
        made.endpoint_config_name = config.endpoint_config_name
        made.update()
        made.wait_for_status('InService')
        holds(made.invoke(body=b'soft', content_type='text/plain').body.read() == b'soft', 'the old model answers')
    with step('list, delete, wait until it is gone'):
        holds(made.endpoint_name in [each.endpoint_name for each in Endpoint.get_all(name_contains='v3')], 'not listed')
        made.delete()
        made.wait_for_delete()
    with step('stream', no='the SDK fails to read the stream: it takes the events for a map', error='EventStream'):
        made = endpoint(model('stream'))
        try:
            answer = made.invoke_with_response_stream(body=b'one\ntwo\n', content_type='text/plain')
            holds(answer.body, 'no stream')
        finally:
            made.delete()
            made.wait_for_delete()


@flow('TransformJob of the resource classes')
def transform(step):
    s3.put_object(Bucket=BUCKET, Key='v3-batch/rows.csv', Body=b'1,a\n2,b\n')
    with step('create, wait, read'):
        job = TransformJob.create(
            transform_job_name=name('v3'), model_name=model('upper').model_name, batch_strategy='SingleRecord',
            transform_input=TransformInput(
                data_source=TransformDataSource(s3_data_source=TransformS3DataSource(s3_data_type='S3Prefix', s3_uri=f's3://{BUCKET}/v3-batch/')),
                content_type='text/csv', split_type='Line',
            ),
            transform_output=TransformOutput(s3_output_path=f's3://{BUCKET}/v3-out', accept='text/csv', assemble_with='Line'),
            transform_resources=TransformResources(instance_type=INSTANCE, instance_count=1),
            data_processing=DataProcessing(input_filter='$[1:]', output_filter='$[0,-1]', join_source='Input'),
        )
        job.wait()
        holds(s3.get_object(Bucket=BUCKET, Key='v3-out/rows.csv.out')['Body'].read() == b'1,A\n2,B\n', 'not as joined')
    with step('get and list'):
        holds(TransformJob.get(transform_job_name=job.transform_job_name).transform_job_status == 'Completed', 'not completed')
        holds(job.transform_job_name in [each.transform_job_name for each in TransformJob.get_all(name_contains='v3')], 'not listed')


@flow('Registry of the resource classes')
def registry(step):
    group = ModelPackageGroup.create(model_package_group_name=name('v3-group'))
    with step('ModelPackage.create', no='the SDK reads a member that the API’s answer does not have', error='ModelPackageName'):
        ModelPackage.create(model_package_group_name=group.model_package_group_name, source_uri=f's3://{BUCKET}/source')
    with step('approve, get, list'):
        made = session.sagemaker_client.create_model_package(
            ModelPackageGroupName=group.model_package_group_name,
            InferenceSpecification={
                'Containers': [{'Image': IMAGE, 'Environment': {'PROBE_MODE': 'upper'}}],
                'SupportedContentTypes': ['text/plain'], 'SupportedResponseMIMETypes': ['text/plain'],
            },
        )
        session.sagemaker_client.update_model_package(ModelPackageArn=made['ModelPackageArn'], ModelApprovalStatus='Approved')
        holds(ModelPackage.get(model_package_name=made['ModelPackageArn']).model_approval_status == 'Approved', 'not approved')
        holds(len(list(ModelPackage.get_all(model_package_group_name=group.model_package_group_name))) == 2, 'not two versions')
    with step('deploy from the registry'):
        container = ContainerDefinition(model_package_name=made['ModelPackageArn'])
        served = endpoint(Model.create(model_name=name('v3-package'), primary_container=container, execution_role_arn=ROLE))
        holds(served.invoke(body=b'x', content_type='text/plain').body.read() == b'X', 'not the body')
        served.delete()
    with step('delete'):
        for version in (1, 2):
            session.sagemaker_client.delete_model_package(ModelPackageName=made['ModelPackageArn'].rsplit('/', 1)[0] + f'/{version}')
        group.delete()


@flow('ModelBuilder')
def builder(step):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode='w:gz') as archive:
        archive.addfile(tarfile.TarInfo('weights'), io.BytesIO())
    s3.put_object(Bucket=BUCKET, Key='v3-builder/model.tar.gz', Body=body.getvalue())
    given = {
        'image_uri': IMAGE, 's3_model_data_url': f's3://{BUCKET}/v3-builder/model.tar.gz', 'role_arn': ROLE, 'sagemaker_session': session,
        'env_vars': {'PROBE_MODE': 'upper'}, 'instance_type': INSTANCE,
    }
    with step('build'):
        built = ModelBuilder(**given)
        made = built.build(model_name=name('v3-built'))
        holds(Model.get(model_name=made.model_name).primary_container.image == IMAGE, 'another image')
    with step('deploy and invoke'):
        served = built.deploy(endpoint_name=name('v3-built'), initial_instance_count=1)
        holds(served.invoke(body=b'x', content_type='text/plain').body.read() == b'X', 'not the body')
        served.delete()
    with step('transform'):
        batch = built.transformer(1, INSTANCE, output_path=f's3://{BUCKET}/v3-built', accept='text/csv', assemble_with='Line')
        batch.transform(f's3://{BUCKET}/train/', content_type='text/csv', split_type='Line', wait=True, logs=False)
    with step('register'):
        package = built.register(
            model_package_group_name=name('v3-built'), content_types=['text/plain'], response_types=['text/plain'], inference_instances=[INSTANCE],
            transform_instances=[INSTANCE], approval_status='Approved',
        )
        holds(package, 'nothing was registered')


if __name__ == '__main__':
    main()
