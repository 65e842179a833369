"""A model's way from the registry to its end by boto3, and the services around it: paginators, waiters, errors. The environment tells who asks."""

import json
import sys
import time

import boto3
from botocore.exceptions import ClientError, WaiterError

endpoint, role, image = sys.argv[1:]
sagemaker = boto3.client("sagemaker", endpoint_url=endpoint)
often = {"Delay": 1, "MaxAttempts": 60}


def refused(code, text, call, **request):
    try:
        call(**request)
    except ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == code and text in told["Message"], told
        return
    raise AssertionError(f"{call} was not refused")


account = boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]
sagemaker.create_model_package_group(ModelPackageGroupName="boto", Tags=[{"Key": "by", "Value": "boto3"}])
for number in range(3):
    made = sagemaker.create_model_package(
        ModelPackageGroupName="boto",
        ModelPackageDescription=f"number {number}",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": image}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
package = made["ModelPackageArn"]
assert package == f"arn:aws:sagemaker:us-east-1:{account}:model-package/boto/3", package
pages = sagemaker.get_paginator("list_model_packages").paginate(
    ModelPackageGroupName="boto", PaginationConfig={"PageSize": 1}
)
assert [item["ModelPackageVersion"] for page in pages for item in page["ModelPackageSummaryList"]] == [1, 2, 3]

container = {"Image": image, "Environment": {"WHO": "boto3"}}
for name in ("boto-a", "boto-b"):
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
names = [
    model["ModelName"]
    for page in sagemaker.get_paginator("list_models").paginate(NameContains="boto", PaginationConfig={"PageSize": 1})
    for model in page["Models"]
]
assert sorted(names) == ["boto-a", "boto-b"], names
described = sagemaker.describe_model(ModelName="boto-a")
assert described["PrimaryContainer"]["Environment"] == {"WHO": "boto3"}, described
assert described["CreationTime"].tzinfo is not None
refused("ValidationException", "Cannot create already existing model", sagemaker.create_model,
        ModelName="boto-a", ExecutionRoleArn=role, PrimaryContainer=container)
refused("ValidationException", "Could not find model", sagemaker.describe_model, ModelName="absent")
try:
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="absent", WaiterConfig=often)
    raise AssertionError("waited for an endpoint that is not there")
except WaiterError as error:
    assert "ValidationException" in str(error), error
sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="absent", WaiterConfig=often)
found = sagemaker.search(
    Resource="ModelPackage",
    SearchExpression={"Filters": [{"Name": "ModelPackageVersion", "Operator": "GreaterThan", "Value": "1"}]},
)
assert len(found["Results"]) == 2, found

iam = boto3.client("iam", endpoint_url=endpoint)
for name in ("boto-a", "boto-b"):
    iam.create_user(UserName=name, Path="/boto/")
    iam.get_waiter("user_exists").wait(UserName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 5})
pages = iam.get_paginator("list_users").paginate(PathPrefix="/boto/", PaginationConfig={"PageSize": 1})
assert [user["UserName"] for page in pages for user in page["Users"]] == ["boto-a", "boto-b"]
refused("NoSuchEntity", "The user with name absent cannot be found.", iam.get_user, UserName="absent")

kms = boto3.client("kms", endpoint_url=endpoint)
key = kms.create_key(Description="by boto3")["KeyMetadata"]["KeyId"]
context = {"by": "boto3"}
sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)["CiphertextBlob"]
assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"] == b"secret"
kms.disable_key(KeyId=key)
refused("DisabledException", "is disabled", kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context)
assert key in [one["KeyId"] for page in kms.get_paginator("list_keys").paginate() for one in page["Keys"]]

logs = boto3.client("logs", endpoint_url=endpoint)
stream = {"logGroupName": "/boto3", "logStreamName": "one"}
logs.create_log_group(logGroupName="/boto3")
logs.create_log_stream(**stream)
now = int(time.time() * 1000)
logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": f"line {number}"} for number in range(5)])
pages = logs.get_paginator("filter_log_events").paginate(
    logGroupName="/boto3", filterPattern="line", PaginationConfig={"PageSize": 2}
)
assert [event["message"] for page in pages for event in page["events"]] == [f"line {n}" for n in range(5)]
refused("ResourceNotFoundException", "The specified log group does not exist.", logs.delete_log_group,
        logGroupName="/absent")

metrics = boto3.client("cloudwatch", endpoint_url=endpoint)
metrics.put_metric_data(Namespace="Boto", MetricData=[{"MetricName": "loss", "Value": 0.5}])
asked = {"StartTime": time.time() - 600, "EndTime": time.time() + 60}
told = metrics.get_metric_statistics(
    Namespace="Boto", MetricName="loss", Period=60, Statistics=["Average"], ExtendedStatistics=["p99"], **asked
)["Datapoints"]
assert [(point["Average"], point["ExtendedStatistics"]["p99"]) for point in told] == [(0.5, 0.5)], told
pages = metrics.get_paginator("list_metrics").paginate(Namespace="Boto")
assert [one["MetricName"] for page in pages for one in page["Metrics"]] == ["loss"]
print(json.dumps({"models": names, "package": package}))
