"""Version 2: estimators with an image of one's own."""
import json
import tarfile
import tempfile
import time

import sagemaker
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.debugger import Rule, rule_configs
from sagemaker.estimator import Estimator
from sagemaker.inputs import ShuffleConfig, TrainingInput
from sagemaker.instance_group import InstanceGroup
from sagemaker.s3 import S3Downloader, S3Uploader

from flow import BUCKET, IMAGE, INSTANCE, ROLE, flow, holds, main, name

session = sagemaker.Session(default_bucket=BUCKET)
metrics = [{'Name': 'accuracy', 'Regex': 'accuracy=([0-9.]+);'}]
rows = f's3://{BUCKET}/train/'


def estimator(**more):
    return Estimator(
        IMAGE, ROLE, instance_count=more.pop('instance_count', 1), instance_type=more.pop('instance_type', INSTANCE),
        output_path=f's3://{BUCKET}/out', sagemaker_session=session, **more,
    )


def made(job):
    """What the probe has left in its model of what it was given."""
    with tempfile.TemporaryDirectory() as folder:
        S3Downloader.download(job.model_data, folder, sagemaker_session=session)
        with tarfile.open(f'{folder}/model.tar.gz') as archive:
            return json.load(archive.extractfile('model.json'))


@flow('Estimator with an own image')
def own_image(step):
    with step('fit, with the log shown'):
        job = estimator(
            hyperparameters={'mode': 'ok', 'accuracy': '0.75'}, metric_definitions=metrics, environment={'WHO': 'v2'},
            base_job_name='own-image', tags=[{'Key': 'by', 'Value': 'v2'}], max_run=600, volume_size=5,
            enable_network_isolation=True, checkpoint_s3_uri=f's3://{BUCKET}/checkpoints/own',
        )
        job.fit({'train': TrainingInput(rows, content_type='text/csv', distribution='FullyReplicated', s3_data_type='S3Prefix')}, logs='All')
        model = made(job)
        holds(model['environment']['WHO'] == 'v2', model['environment'])
        holds([file['path'] for file in model['channels']['train']] == ['iris.csv'], model['channels'])
    with step('describe, with what SageMaker adds'):
        told = job.latest_training_job.describe()
        holds(told['DebugHookConfig']['CollectionConfigurations'] == [], told)
        holds(told['OutputDataConfig']['KmsKeyId'] == '' and told['ProfilerConfig']['S3OutputPath'], told)
        holds(told['FinalMetricDataList'][0]['Value'] == 0.75, told)
    with step('attach, and the logs'):
        again = Estimator.attach(job.latest_training_job.name, sagemaker_session=session)
        holds(again.model_data == job.model_data and again.hyperparameters()['mode'] == 'ok', vars(again))
        again.logs()
    with step('analytics as a table'):
        table = TrainingJobAnalytics(job.latest_training_job.name, ['accuracy'], sagemaker_session=session).dataframe(force_refresh=True)
        holds(list(table['value']) == [0.75], table)
        holds(len(job.training_job_analytics.dataframe()) == 1, 'no analytics of the estimator')
    with step('fit without waiting, then wait'):
        job = estimator(hyperparameters={'mode': 'ok'}, enable_network_isolation=True)
        job.fit(rows, wait=False, job_name=name('waited'))
        job.latest_training_job.wait(logs=False)
        holds(job.model_data.endswith('/output/model.tar.gz'), job.model_data)
    with step('fit without inputs'):
        estimator(hyperparameters={'mode': 'ok'}).fit(logs=False)


@flow('Estimator: inputs')
def inputs(step):
    run = lambda channels, **more: (lambda job: (job.fit(channels, logs=False), made(job))[1])(estimator(hyperparameters={'mode': 'ok'}, **more))
    with step('several channels, sharded and shuffled'):
        model = run({
            'train': TrainingInput(rows, distribution='ShardedByS3Key', shuffle_config=ShuffleConfig(7)),
            'test': TrainingInput(rows, compression='None'),
        })
        holds(sorted(model['channels']) == ['test', 'train'], model['channels'])
    with step('FastFile mode'):
        holds(run({'train': TrainingInput(rows, input_mode='FastFile')})['channels']['train'], 'no files')
    with step('a manifest'):
        S3Uploader.upload_string_as_file_body(json.dumps([{'prefix': rows}, 'iris.csv']), f's3://{BUCKET}/manifests/one', sagemaker_session=session)
        model = run({'train': TrainingInput(f's3://{BUCKET}/manifests/one', s3_data_type='ManifestFile')})
        holds([file['path'] for file in model['channels']['train']] == ['iris.csv'], model['channels'])
    with step('data uploaded by the session'):
        with tempfile.NamedTemporaryFile('w', suffix='.csv') as file:
            file.write('a,b\n')
            file.flush()
            uploaded = session.upload_data(file.name, key_prefix='uploaded')
        holds(run({'train': uploaded})['channels']['train'], 'nothing arrived')


@flow('Estimator: options of the cluster and the program')
def options(step):
    with step('two instances'):
        job = estimator(instance_count=2, hyperparameters={'mode': 'ok'})
        job.fit(logs=False)
        holds(len(made(job)['resourceconfig']['hosts']) == 2, 'not two hosts')
    with step('instance groups'):
        groups = [InstanceGroup('first', INSTANCE, 1), InstanceGroup('second', 'ml.m5.xlarge', 1)]
        job = Estimator(IMAGE, ROLE, instance_groups=groups, hyperparameters={'mode': 'ok'}, output_path=f's3://{BUCKET}/out', sagemaker_session=session)
        job.fit({'train': TrainingInput(rows, instance_groups=['first'])}, logs=False)
    with step('managed spot training, retries'):
        estimator(hyperparameters={'mode': 'ok'}, use_spot_instances=True, max_run=300, max_wait=600, max_retry_attempts=2).fit(logs=False)
    with step('entry point and arguments of the container'):
        job = estimator(container_entry_point=['/usr/bin/python3', '-c'], container_arguments=['print("hello from arguments")'])
        job.fit(logs='All')
    with step('image from the platform’s registry'):
        estimator(hyperparameters={'mode': 'ok'}, training_repository_access_mode='Platform').fit(logs=False)
    with step('code of one’s own beside the image'):
        with tempfile.TemporaryDirectory() as folder:
            with open(f'{folder}/train.py', 'w') as file:
                file.write('print("mine")\n')
            job = estimator(entry_point='train.py', source_dir=folder, hyperparameters={'mode': 'ok'})
            job.fit(logs=False)
        told = made(job)['hyperparameters']
        holds(told['sagemaker_program'] == '"train.py"' and told['sagemaker_submit_directory'].endswith('sourcedir.tar.gz"'), told)
    with step('stop'):
        job = estimator(hyperparameters={'mode': 'slow', 'seconds': '300'})
        job.fit(wait=False)
        job.latest_training_job.stop()
        # The SDK's own wait ends at Stopping, with an error.
        for _ in range(120):
            status = job.latest_training_job.describe()['TrainingJobStatus']
            if status == 'Stopped':
                break
            time.sleep(0.5)
        holds(status == 'Stopped', status)
    with step('a failure is told in the container’s words'):
        try:
            estimator(hyperparameters={'mode': 'exit', 'message': 'no rows in train'}).fit(logs=False)
        except sagemaker.exceptions.UnexpectedStatusException as failure:
            holds('no rows in train' in str(failure) and failure.actual_status == 'Failed', str(failure))
        else:
            raise AssertionError('it did not fail')


@flow('Estimator: profiler and debugger')
def profiler(step):
    with step('profiling switched on while it runs'):
        job = estimator(hyperparameters={'mode': 'slow', 'seconds': '20'})
        job.fit(wait=False)
        job.enable_default_profiling()
        job.latest_training_job.stop()
    with step('profiling switched off', no='nothing is profiled here, so it is off', error='Profiler is already disabled'):
        job.disable_profiling()
    with step('a rule of the debugger', no='rules are not evaluated here', error='DebugRuleConfigurations is not supported'):
        ruled = estimator(rules=[Rule.sagemaker(rule_configs.loss_not_decreasing())])
        ruled.fit(logs=False)
    with step('warm pools', no='instances are not kept', error='KeepAlivePeriodInSeconds is not supported'):
        estimator(keep_alive_period_in_seconds=600).fit(logs=False)


if __name__ == '__main__':
    main()
