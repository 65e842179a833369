"""Version 3: ModelTrainer and its tuner."""
import json
import tarfile
import tempfile

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
from sagemaker.core.resources import HyperParameterTuningJob, TrainingJob
from sagemaker.core.shapes import (
    CheckpointConfig, MetricDefinition, OutputDataConfig, RetryStrategy, S3DataSource, StoppingCondition, Tag, TrainingImageConfig,
)
from sagemaker.core.training.configs import Compute, InputData, Networking
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

from flow import ALGORITHM, BUCKET, IMAGE, INSTANCE, ROLE, flow, holds, main, name

session = Session(default_bucket=BUCKET)
rows = f's3://{BUCKET}/train/'
isolated = Networking(enable_network_isolation=True)


def trainer(**more):
    """The SDK names jobs to the second, and two may begin in one: each trainer has a name of its own."""
    given = {
        'training_image': IMAGE, 'role': ROLE, 'sagemaker_session': session, 'compute': Compute(instance_type=INSTANCE, instance_count=1, volume_size_in_gb=5),
        'hyperparameters': {'mode': 'ok'}, 'base_job_name': name('v3'), 'output_data_config': OutputDataConfig(s3_output_path=f's3://{BUCKET}/v3'),
    }
    return ModelTrainer(**{**given, **more})


def made(job):
    """What the probe has left in its model of what it was given."""
    place = job._latest_training_job.model_artifacts.s3_model_artifacts.split('/', 3)[3]
    with tempfile.NamedTemporaryFile() as file:
        session.boto_session.client('s3').download_file(BUCKET, place, file.name)
        with tarfile.open(file.name) as archive:
            return json.load(archive.extractfile('model.json'))


@flow('ModelTrainer with an own image')
def own_image(step):
    with step('train, with the log shown'):
        job = trainer(environment={'WHO': 'v3'}, networking=isolated, tags=[Tag(key='by', value='v3')], stopping_condition=StoppingCondition(max_runtime_in_seconds=600))
        job.with_metric_definitions([MetricDefinition(name='accuracy', regex='accuracy=([0-9.]+);')])
        job.train([InputData(channel_name='train', data_source=rows, content_type='text/csv')], logs=True)
        model = made(job)
        holds(model['environment']['WHO'] == 'v3' and [file['path'] for file in model['channels']['train']] == ['iris.csv'], model)
    with step('train by a data source of S3, FastFile'):
        source = S3DataSource(s3_data_type='S3Prefix', s3_uri=rows, s3_data_distribution_type='FullyReplicated')
        job = trainer(training_input_mode='FastFile')
        job.train([InputData(channel_name='train', data_source=source)], logs=False)
        holds(made(job)['channels']['train'], 'no files')
    with step('data from this machine'):
        with tempfile.TemporaryDirectory() as folder:
            with open(f'{folder}/rows.csv', 'w') as file:
                file.write('1,2\n')
            job = trainer()
            job.train([InputData(channel_name='train', data_source=folder)], logs=False)
            holds([file['path'] for file in made(job)['channels']['train']] == ['rows.csv'], made(job)['channels'])
    with step('two instances, checkpoints, retries, spot'):
        job = trainer(
            compute=Compute(instance_type=INSTANCE, instance_count=2, volume_size_in_gb=5, enable_managed_spot_training=True),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=300, max_wait_time_in_seconds=600),
            checkpoint_config=CheckpointConfig(s3_uri=f's3://{BUCKET}/checkpoints/v3', local_path='/opt/ml/checkpoints'),
        )
        job.with_retry_strategy(RetryStrategy(maximum_retry_attempts=2))
        job.train(logs=False)
        holds(len(made(job)['resourceconfig']['hosts']) == 2, 'not two hosts')
    with step('image from the platform’s registry'):
        trainer(training_image_config=TrainingImageConfig(training_repository_access_mode='Platform')).train(logs=False)
    with step('train without waiting, stop, refresh'):
        job = trainer(hyperparameters={'mode': 'slow', 'seconds': '300'})
        job.train(wait=False)
        job._latest_training_job.stop()
        try:
            job._latest_training_job.wait()
        except Exception as stopped:
            holds('Stopped' in str(stopped), str(stopped))
        holds(job._latest_training_job.refresh().training_job_status == 'Stopped', 'not stopped')
    with step('a failure is told in the container’s words'):
        try:
            trainer(hyperparameters={'mode': 'exit', 'message': 'no rows in train'}).train(logs=False)
        except Exception as failure:
            holds('no rows in train' in str(failure), str(failure))
        else:
            raise AssertionError('it did not fail')
    with step('dry run'):
        trainer().train(dry_run=True)


@flow('ModelTrainer with a subscribed product')
def product(step):
    with step('train'):
        job = ModelTrainer(
            algorithm_name=ALGORITHM, role=ROLE, sagemaker_session=session, compute=Compute(instance_type=INSTANCE, instance_count=1, volume_size_in_gb=5),
            hyperparameters={'max_leaf_nodes': 4}, networking=isolated, base_job_name='v3-product',
        )
        job.train([InputData(channel_name='training', data_source=rows, content_type='text/csv')], logs=False)
        holds(job._latest_training_job.training_job_status == 'Completed', 'not completed')


@flow('Tuner of version 3')
def tuner(step):
    ranges = {'accuracy': ContinuousParameter(0.1, 0.9), 'depth': IntegerParameter(1, 4)}
    definitions = [{'Name': 'accuracy', 'Regex': 'accuracy=([0-9.]+);'}]
    for strategy in ('Bayesian', 'Random'):
        with step(strategy):
            search = HyperparameterTuner(trainer(), 'accuracy', ranges, definitions, strategy=strategy, max_jobs=2, max_parallel_jobs=2)
            search.tune(job_name=name('v3'))
            holds(search.best_training_job(), 'there is no best')
    with step('analytics as a table'):
        holds(len(search.analytics().dataframe()) == 2, 'not two rows')
    with step('warm start', no='the SDK fails before it asks: it names the parents as its own shape does not', error='parents'):
        child = search.transfer_learning_tuner(model_trainer=trainer())
        child.metric_definitions = definitions
        child.tune(job_name=name('v3'))
    with step('stop'):
        search = HyperparameterTuner(trainer(), 'accuracy', ranges, definitions, strategy='Random', max_jobs=20)
        search.tune(job_name=name('v3'), wait=False)
        search.stop_tuning_job()
        found = HyperParameterTuningJob.get(hyper_parameter_tuning_job_name=search.latest_tuning_job.hyper_parameter_tuning_job_name)
        holds(found.hyper_parameter_tuning_job_status in ('Stopping', 'Stopped'), found)


@flow('TrainingJob of the resource classes')
def resource(step):
    with step('get, get_all, delete'):
        job = trainer()
        job.train(logs=False)
        found = TrainingJob.get(training_job_name=job._latest_training_job.training_job_name)
        holds(found.training_job_status == 'Completed', found)
        holds(found.training_job_name in [each.training_job_name for each in TrainingJob.get_all(name_contains='v3')], 'not listed')
        found.delete()


if __name__ == '__main__':
    main()
