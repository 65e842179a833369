"""A model's way from the registry to its end by boto3: paginators, waiters, errors. The environment tells who asks."""

import json
import sys

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
print(json.dumps({"models": names, "package": package}))
