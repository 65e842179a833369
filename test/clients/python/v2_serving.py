"""Version 2: endpoints and transform jobs of an image of one's own."""
import io
import tarfile

import numpy
import sagemaker
from sagemaker import deserializers, serializers
from sagemaker.async_inference import AsyncInferenceConfig
from sagemaker.inputs import BatchDataCaptureConfig
from sagemaker.model import Model
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serverless import ServerlessInferenceConfig
from sagemaker.session import production_variant
from sagemaker.transformer import Transformer

from flow import BUCKET, IMAGE, INSTANCE, ROLE, flow, holds, main, name

session = sagemaker.Session(default_bucket=BUCKET)


def archive():
    """A model.tar.gz with one file."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode='w:gz') as tar:
        tar.addfile(tarfile.TarInfo('weights'), io.BytesIO())
    place = f's3://{BUCKET}/models/{name("model")}/model.tar.gz'
    session.boto_session.client('s3').put_object(Bucket=BUCKET, Key=place.split('/', 3)[3], Body=body.getvalue())
    return place


def model(mode='echo', **more):
    return Model(
        IMAGE, role=ROLE, env={'PROBE_MODE': mode, **more.pop('env', {})}, predictor_cls=Predictor,
        sagemaker_session=session, name=name(f'v2-{mode}'), **more,
    )


def gone(predictor):
    predictor.delete_model()
    predictor.delete_endpoint()


@flow('Endpoint: deploy and predict')
def endpoint(step):
    with step('deploy'):
        predictor = model(model_data=archive()).deploy(1, INSTANCE, endpoint_name=name('v2'), tags=[{'Key': 'by', 'Value': 'v2'}])
    ask = lambda serializer, deserializer, value: Predictor(
        predictor.endpoint_name, sagemaker_session=session, serializer=serializer, deserializer=deserializer,
    ).predict(value)
    with step('CSV'):
        holds(ask(serializers.CSVSerializer(), deserializers.CSVDeserializer(), [[1, 2], [3, 4]]) == [['1', '2'], ['3', '4']], 'not the rows')
    with step('JSON'):
        holds(ask(serializers.JSONSerializer(), deserializers.JSONDeserializer(), {'a': [1]}) == {'a': [1]}, 'not the object')
    with step('JSON lines'):
        holds(ask(serializers.JSONLinesSerializer(), deserializers.JSONLinesDeserializer(), [{'a': 1}, {'b': 2}]) == [{'a': 1}, {'b': 2}], 'not the lines')
    with step('NumPy'):
        array = numpy.arange(6).reshape(2, 3)
        holds((ask(serializers.NumpySerializer(), deserializers.NumpyDeserializer(), array) == array).all(), 'not the array')
    with step('text, bytes, libsvm and a file as they are'):
        text = ask(serializers.StringSerializer(), deserializers.StringDeserializer(), 'grüezi')
        plain = ask(serializers.IdentitySerializer(), deserializers.BytesDeserializer(), b'\x00\x01')
        libsvm = ask(serializers.LibSVMSerializer(), deserializers.StringDeserializer(), '1 1:2')
        stream = ask(serializers.DataSerializer(), deserializers.StreamDeserializer(), b'abc')
        holds((text, plain, libsvm, stream[0].read()) == ('grüezi', b'\x00\x01', '1 1:2', b'abc'), (text, plain, libsvm, stream))
    with step('RecordIO protobuf'):
        from sagemaker.amazon.common import RecordDeserializer, RecordSerializer
        record = ask(RecordSerializer(), RecordDeserializer(), numpy.array([[1.0, 2.0]]))
        holds(list(record[0].features['values'].float32_tensor.values or record[0].features['values'].float64_tensor.values) == [1.0, 2.0], record)
    with step('custom attributes, an inference identifier, a variant'):
        holds(predictor.predict(b'x', initial_args={'CustomAttributes': 'k=v'}, inference_id='one', target_variant='AllTraffic') == b'x', 'not the body')
    with step('attach to it by its name'):
        holds(Predictor(predictor.endpoint_name, sagemaker_session=session).predict(b'y') == b'y', 'not the body')
        holds(session.describe_endpoint(predictor.endpoint_name)['EndpointStatus'] == 'InService', 'not in service')
    with step('list the monitors of it', no='model monitoring is not served', error='ListMonitoringSchedules is not known'):
        predictor.list_monitors()
    with step('update_endpoint: another instance count, then another model'):
        predictor.update_endpoint(initial_instance_count=2, instance_type=INSTANCE)
        holds(session.describe_endpoint(predictor.endpoint_name)['ProductionVariants'][0]['CurrentInstanceCount'] == 2, 'not two')
        other = model('upper')
        other.create(instance_type=INSTANCE)
        predictor.update_endpoint(model_name=other.name, initial_instance_count=1, instance_type=INSTANCE)
        holds(predictor.predict(b'loud') == b'LOUD', 'the old model answers')
    with step('data capture switched off'):
        predictor.disable_data_capture()
    with step('data capture switched on'):
        predictor.update_data_capture_config(DataCaptureConfig(True, destination_s3_uri=f's3://{BUCKET}/capture', sagemaker_session=session))
        holds(session.describe_endpoint(predictor.endpoint_name)['DataCaptureConfig']['CaptureStatus'] == 'Started', 'not started')
    with step('delete endpoint, configuration and model'):
        gone(predictor)


@flow('Endpoint: streams, errors, pipelines')
def special(step):
    with step('predict_stream'):
        predictor = model('stream').deploy(1, INSTANCE)
        holds(b''.join(part for part in predictor.predict_stream(b'one\ntwo\n')) == b'one\ntwo\n', 'not the parts')
        gone(predictor)
    with step('what a model answers wrong is told'):
        predictor = model('error-400').deploy(1, INSTANCE)
        try:
            predictor.predict(b'x')
        except Exception as refusal:
            holds('client error (400)' in str(refusal) and 'not today' in str(refusal), str(refusal))
        else:
            raise AssertionError('it was not refused')
        gone(predictor)
    with step('an endpoint that fails says why'):
        try:
            model('no-listen').deploy(1, INSTANCE, container_startup_health_check_timeout=60)
        except sagemaker.exceptions.UnexpectedStatusException as failure:
            holds('8080' in str(failure), str(failure))
        else:
            raise AssertionError('it did not fail')
    with step('a pipeline of two models'):
        pipeline = PipelineModel([model('upper'), model('echo')], ROLE, predictor_cls=Predictor, sagemaker_session=session)
        predictor = pipeline.deploy(1, INSTANCE)
        holds(predictor.predict(b'through two') == b'THROUGH TWO', 'not through both')
        pipeline.delete_model()
        predictor.delete_endpoint()
    with step('two variants side by side'):
        models = {'echo': model('echo'), 'upper': model('upper')}
        for each in models.values():
            each.create(instance_type=INSTANCE)
        variants = [production_variant(each.name, INSTANCE, 1, variant_name=variant, initial_weight=1) for variant, each in models.items()]
        at = session.endpoint_from_production_variants(name('variants'), variants)
        predictor = Predictor(at, sagemaker_session=session)
        holds([predictor.predict(b'a', target_variant=variant) for variant in models] == [b'a', b'A'], 'the variants are mixed up')
        predictor.delete_endpoint()
    with step('serverless'):
        now_and_then = model('upper').deploy(serverless_inference_config=ServerlessInferenceConfig())
        holds(now_and_then.predict(b'seldom') == b'SELDOM', 'not the answer')
        now_and_then.delete_endpoint()
    with step('asynchronous'):
        later = model('upper').deploy(1, INSTANCE, async_inference_config=AsyncInferenceConfig(output_path=f's3://{BUCKET}/async'))
        holds(later.predict(b'later') == b'LATER', 'not the answer')
        later.delete_endpoint()


@flow('Transformer')
def transform(step):
    rows = f's3://{BUCKET}/{name("batch")}/'
    S3Uploader.upload_string_as_file_body('1,a\n2,b\n3,c\n', f'{rows}rows.csv', sagemaker_session=session)
    out = f's3://{BUCKET}/{name("transformed")}'
    with step('transform with a join and filters'):
        batch = model('upper').transformer(
            1, INSTANCE, strategy='SingleRecord', assemble_with='Line', output_path=out, accept='text/csv', max_payload=1,
            max_concurrent_transforms=2, env={'WHO': 'v2'}, tags=[{'Key': 'by', 'Value': 'v2'}],
        )
        batch.transform(
            rows, content_type='text/csv', split_type='Line', input_filter='$[1:]', output_filter='$[0,-1]', join_source='Input',
            model_client_config={'InvocationsTimeoutInSeconds': 60, 'InvocationsMaxRetries': 1},
            batch_data_capture_config=BatchDataCaptureConfig(destination_s3_uri=f'{out}/captured'), logs=True,
        )
        holds(S3Downloader.read_file(f'{out}/rows.csv.out', sagemaker_session=session) == '1,A\n2,B\n3,C\n', 'not as joined')
    with step('attach, by the name of the job'):
        again = Transformer.attach(batch.latest_transform_job.name, sagemaker_session=session)
        holds((again.output_path, again.strategy, again.accept) == (out, 'SingleRecord', 'text/csv'), vars(again))
    with step('transform without waiting, then stop'):
        hanging = model('hang').transformer(1, INSTANCE, output_path=out)
        hanging.transform(rows, wait=False)
        hanging.stop_transform_job(wait=False)
    with step('a failure names object and record'):
        S3Uploader.upload_string_as_file_body('one\nPOISON\n', f'{rows}poisoned.csv', sagemaker_session=session)
        try:
            model('bad-record').transformer(1, INSTANCE, strategy='SingleRecord', output_path=out).transform(rows, split_type='Line', logs=False)
        except sagemaker.exceptions.UnexpectedStatusException as failure:
            holds('poisoned.csv: record 2' in str(failure), str(failure))
        else:
            raise AssertionError('it did not fail')


if __name__ == '__main__':
    main()
