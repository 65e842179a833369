"""Version 2: subscribed algorithms, and models from the registry."""
import io
import tarfile
import tempfile

import sagemaker
from sagemaker import ModelPackage
from sagemaker.algorithm import AlgorithmEstimator
from sagemaker.deserializers import JSONDeserializer
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.metadata_properties import MetadataProperties
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.parameter import IntegerParameter
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.transformer import Transformer
from sagemaker.tuner import HyperparameterTuner

from flow import ALGORITHM, BUCKET, IMAGE, INSTANCE, ROLE, flow, holds, main, name

session = sagemaker.Session(default_bucket=BUCKET)
client = session.sagemaker_client
training = f's3://{BUCKET}/train/'


def archive():
    """A model.tar.gz with one file."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode='w:gz') as tar:
        tar.addfile(tarfile.TarInfo('weights'), io.BytesIO())
    key = f'models/{name("weights")}/model.tar.gz'
    session.boto_session.client('s3').put_object(Bucket=BUCKET, Key=key, Body=body.getvalue())
    return f's3://{BUCKET}/{key}'


@flow('AlgorithmEstimator with a subscribed product')
def product(step):
    with step('fit'):
        job = AlgorithmEstimator(ALGORITHM, ROLE, 1, INSTANCE, output_path=f's3://{BUCKET}/product', sagemaker_session=session)
        job.set_hyperparameters(max_leaf_nodes=4)
        job.fit({'training': training}, logs=True)
        holds(job.latest_training_job.describe()['EnableNetworkIsolation'], 'it is not isolated')
    with step('a hyperparameter beyond its range is refused by the client'):
        try:
            job.set_hyperparameters(max_leaf_nodes=1000)
            job.fit({'training': training})
        except ValueError:
            job.set_hyperparameters(max_leaf_nodes=4)
        else:
            raise AssertionError('it was not refused')
    with step('attach'):
        again = AlgorithmEstimator.attach(job.latest_training_job.name, sagemaker_session=session)
        holds(again.model_data == job.model_data and again.algorithm_arn == ALGORITHM, vars(again))
    with step('deploy and predict'):
        predictor = job.deploy(1, INSTANCE, serializer=CSVSerializer(), deserializer=JSONDeserializer())
        holds(predictor.predict([5.1, 3.5, 1.4, 0.2]) == {'predictions': ['setosa']}, 'no setosa')
        predictor.delete_endpoint()
    with step('transform'):
        out = f's3://{BUCKET}/{name("labels")}'
        batch = job.transformer(1, INSTANCE, strategy='MultiRecord', assemble_with='Line', output_path=out, accept='text/csv')
        batch.transform(f's3://{BUCKET}/rows/', content_type='text/csv', split_type='Line', logs=False)
        holds('setosa' in sagemaker.s3.S3Downloader.read_file(f'{out}/iris.csv.out', sagemaker_session=session), 'no labels')
    with step('tune, attach, deploy the best'):
        search = HyperparameterTuner(
            job, 'validation-accuracy', {'max_leaf_nodes': IntegerParameter(2, 8)}, max_jobs=2, max_parallel_jobs=2, strategy='Random',
        )
        search.fit({'training': training}, job_name=name('hpo'))
        again = HyperparameterTuner.attach(search.latest_tuning_job.name, sagemaker_session=session, estimator_cls='sagemaker.algorithm.AlgorithmEstimator')
        holds(again.best_training_job() == search.best_training_job(), 'another best')
        predictor = search.deploy(1, INSTANCE, serializer=CSVSerializer())
        holds(b'setosa' in predictor.predict([5.1, 3.5, 1.4, 0.2]), 'no setosa')
        predictor.delete_endpoint()


@flow('Model registry')
def registry(step):
    model = Model(IMAGE, role=ROLE, env={'PROBE_MODE': 'upper'}, sagemaker_session=session, predictor_cls=Predictor)
    group = name('v2-group')
    with step('register, with metrics, baselines and metadata'):
        source = MetricsSource('application/json', f's3://{BUCKET}/metrics.json')
        package = model.register(
            ['text/plain'], ['text/plain'], [INSTANCE], [INSTANCE], model_package_group_name=group, description='the first', domain='MACHINE_LEARNING', task='OTHER',
            model_metrics=ModelMetrics(model_statistics=source, bias=source, explainability=source), drift_check_baselines=DriftCheckBaselines(model_statistics=source),
            metadata_properties=MetadataProperties(commit_id='0a1b', repository='code'), customer_metadata_properties={'team': 'trees'},
            approval_status='PendingManualApproval', sample_payload_url=f's3://{BUCKET}/payload.tar.gz', skip_model_validation='All', source_uri=f's3://{BUCKET}/source',
        )
        told = client.describe_model_package(ModelPackageName=package.model_package_arn)
        holds(told['CustomerMetadataProperties'] == {'team': 'trees'} and told['ModelPackageVersion'] == 1, told)
    with step('approve, change metadata, add and remove'):
        package.update_approval_status('Approved', approval_description='it holds')
        package.update_customer_metadata({'team': 'forests', 'stage': 'two'})
        package.remove_customer_metadata_properties(['stage'])
        holds(client.describe_model_package(ModelPackageName=package.model_package_arn)['CustomerMetadataProperties'] == {'team': 'forests'}, 'other metadata')
    with step('deploy from the registry'):
        predictor = ModelPackage(ROLE, model_package_arn=package.model_package_arn, sagemaker_session=session, predictor_cls=Predictor).deploy(1, INSTANCE, endpoint_name=name('registered'))
        holds(predictor.predict(b'from the registry') == b'FROM THE REGISTRY', 'not the body')
        predictor.delete_endpoint()
    with step('transform from the registry'):
        batch = ModelPackage(ROLE, model_package_arn=package.model_package_arn, sagemaker_session=session).transformer(1, INSTANCE, output_path=f's3://{BUCKET}/{name("registered")}')
        batch.transform(f's3://{BUCKET}/rows/', content_type='text/csv', split_type='Line', logs=False)
    with step('register a pipeline of two models'):
        parts = [Model(IMAGE, archive(), ROLE, sagemaker_session=session) for _ in range(2)]
        PipelineModel(parts, ROLE, sagemaker_session=session).register(['text/plain'], ['text/plain'], [INSTANCE], [INSTANCE], model_package_group_name=group)
        found = client.list_model_packages(ModelPackageGroupName=group)['ModelPackageSummaryList']
        holds(len(found) == 2, found)
    with step('register a package without versions, and deploy it'):
        alone = Model(IMAGE, role=ROLE, sagemaker_session=session).register(['text/plain'], ['text/plain'], [INSTANCE], [INSTANCE], model_package_name=name('unversioned'))
        holds('ModelApprovalStatus' not in session.wait_for_model_package(alone.model_package_arn.split('/')[-1]), 'it has one')
        predictor = ModelPackage(ROLE, model_package_arn=alone.model_package_arn, sagemaker_session=session, predictor_cls=Predictor).deploy(1, INSTANCE, endpoint_name=name('unversioned'))
        try:
            # The SDK leaves out the environment of what has no versions.
            holds(predictor.predict(b'alone') == b'alone', 'not the body')
        finally:
            predictor.delete_endpoint()
    with step('register by source alone, without an inference specification'):
        made = client.create_model_package(ModelPackageGroupName=group, SourceUri=f's3://{BUCKET}/source', ModelApprovalStatus='Approved')
        holds('InferenceSpecification' not in client.describe_model_package(ModelPackageName=made['ModelPackageArn']), 'it has one')
    with step('delete'):
        for version in client.list_model_packages(ModelPackageGroupName=group)['ModelPackageSummaryList']:
            client.delete_model_package(ModelPackageName=version['ModelPackageArn'])
        client.delete_model_package_group(ModelPackageGroupName=group)


@flow('Model with code of one’s own, packed anew')
def repack(step):
    with tempfile.TemporaryDirectory() as folder:
        with open(f'{folder}/inference.py', 'w') as file:
            file.write('print("mine")\n')
        with step('deploy'):
            from sagemaker.model import FrameworkModel
            model = FrameworkModel(archive(), IMAGE, ROLE, 'inference.py', source_dir=folder, env={'PROBE_MODE': 'model'}, predictor_cls=Predictor, sagemaker_session=session)
            model.repacked_model_data = None
            model._upload_code(name('repacked'), repack=True)
            again = Model(IMAGE, model.repacked_model_data, ROLE, env={'PROBE_MODE': 'model'}, predictor_cls=Predictor, sagemaker_session=session)
            predictor = again.deploy(1, INSTANCE)
            files = JSONDeserializer().deserialize(io.BytesIO(predictor.predict(b'x')), 'application/json')['files']
            holds(sorted(file['path'] for file in files) == ['code/inference.py', 'weights'], files)
            predictor.delete_endpoint()


if __name__ == '__main__':
    main()
