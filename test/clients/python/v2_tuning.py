"""Version 2: hyperparameter tuning."""
import sagemaker
from sagemaker.analytics import HyperparameterTuningJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.tuner import (
    HyperbandStrategyConfig, HyperparameterTuner, InstanceConfig, StrategyConfig, TuningJobCompletionCriteriaConfig,
    WarmStartConfig, WarmStartTypes, create_transfer_learning_tuner,
)

from flow import BUCKET, IMAGE, INSTANCE, ROLE, flow, holds, main, name

session = sagemaker.Session(default_bucket=BUCKET)
metrics = [{'Name': 'accuracy', 'Regex': 'accuracy=([0-9.]+);'}]
ranges = {'accuracy': ContinuousParameter(0.1, 0.9)}


def estimator():
    return Estimator(
        IMAGE, ROLE, 1, INSTANCE, hyperparameters={'mode': 'ok'}, output_path=f's3://{BUCKET}/tuned', sagemaker_session=session,
    )


def tuner(strategy, searched=ranges, **more):
    return HyperparameterTuner(
        estimator(), 'accuracy', searched, metrics, strategy=strategy, objective_type='Maximize',
        max_jobs=more.pop('max_jobs', 2), max_parallel_jobs=2, **more,
    )


@flow('Tuner: strategies')
def strategies(step):
    for strategy in ('Bayesian', 'Random'):
        with step(strategy):
            search = tuner(strategy, early_stopping_type='Auto', random_seed=7, tags=[{'Key': 'by', 'Value': 'v2'}])
            search.fit(f's3://{BUCKET}/train/', job_name=name('hpo'))
            holds(search.best_training_job(), 'there is no best')
    with step('Grid'):
        search = tuner('Grid', {'accuracy': CategoricalParameter(['0.25', '0.5'])})
        search.fit(job_name=name('hpo'))
        best = search.best_estimator()
        holds(best.hyperparameters()['accuracy'] in ('0.5', '"0.5"'), best.hyperparameters())
    with step('Hyperband'):
        limits = StrategyConfig(HyperbandStrategyConfig(max_resource=3, min_resource=1))
        search = tuner('Hyperband', {**ranges, 'epochs': IntegerParameter(1, 3)}, strategy_config=limits, max_jobs=3)
        search.fit(job_name=name('hpo'))
        holds(search.best_training_job(), 'there is no best')
    with step('until a goal is reached'):
        goal = TuningJobCompletionCriteriaConfig(target_objective_metric_value=0.05)
        search = tuner('Random', completion_criteria_config=goal, max_jobs=6)
        search.fit(job_name=name('hpo'))
        holds(search.best_training_job(), 'there is no best')
    with step('stop'):
        search = tuner('Random', max_jobs=20)
        search.fit(wait=False, job_name=name('hpo'))
        search.stop_tuning_job()
        search.wait()
        holds(search.describe()['HyperParameterTuningJobStatus'] == 'Stopped', search.describe())


@flow('Tuner: attach, analytics, warm start, several definitions')
def parents(step):
    with step('tune'):
        search = tuner('Random')
        search.fit(job_name=name('hpo'))
    with step('attach, and its best estimator'):
        again = HyperparameterTuner.attach(search.latest_tuning_job.name, sagemaker_session=session)
        holds(again.best_training_job() == search.best_training_job(), 'another best')
        holds(again.best_estimator().model_data.endswith('model.tar.gz'), 'no model')
    with step('analytics as a table'):
        table = HyperparameterTuningJobAnalytics(search.latest_tuning_job.name, sagemaker_session=session).dataframe()
        holds(len(table) == 2 and table['FinalObjectiveValue'].between(0.1, 0.9).all(), table)
    with step('warm start from the same data and algorithm'):
        child = search.identical_dataset_and_algorithm_tuner()
        child.max_jobs, child.metric_definitions = 4, metrics
        child.fit(job_name=name('hpo'))
        holds(child.best_training_job(), 'there is no best')
    with step('warm start as transfer learning'):
        child = create_transfer_learning_tuner(parent=search.latest_tuning_job.name, estimator=estimator(), sagemaker_session=session)
        child.metric_definitions = metrics
        child.fit(job_name=name('hpo'))
        warm = WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, {search.latest_tuning_job.name})
        holds(child.warm_start_config.parents == warm.parents, child.warm_start_config)
    with step('several training job definitions'):
        search = HyperparameterTuner.create(
            {'first': estimator(), 'second': estimator()}, dict.fromkeys(('first', 'second'), 'accuracy'),
            dict.fromkeys(('first', 'second'), ranges), dict.fromkeys(('first', 'second'), metrics), max_jobs=4, max_parallel_jobs=2, strategy='Random',
        )
        search.fit(job_name=name('hpo'), include_cls_metadata={}, inputs={})
        holds(HyperparameterTuner.attach(search.latest_tuning_job.name, sagemaker_session=session).best_training_job(), 'there is no best')
    with step('a cluster of its own for tuning, then attach'):
        search = tuner('Random')
        search.override_resource_config([InstanceConfig(instance_count=1, instance_type=INSTANCE, volume_size=1)])
        search.fit(job_name=name('hpo'))
        again = HyperparameterTuner.attach(search.latest_tuning_job.name, sagemaker_session=session)
        holds(again.estimator.instance_type == INSTANCE, vars(again.estimator))
    with step('deploy the best'):
        predictor = search.deploy(1, INSTANCE, env={'PROBE_MODE': 'echo'}, endpoint_name=name('tuned'))
        holds(predictor.predict(b'x') == b'x', 'not the body')
        predictor.delete_endpoint()


if __name__ == '__main__':
    main()
