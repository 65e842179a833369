"""What the operator lets an account have, by boto3 taught the operator's model. Each argument after the endpoint is one call, as JSON; prints the answers."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, *calls = sys.argv[1:]
operator = boto3.client(
    "marketplace-operator", endpoint_url=endpoint, config=Config(retries={"max_attempts": 1})
)


def answer(name, arguments):
    try:
        told = getattr(operator, name)(**arguments)
    except ClientError as error:
        return error.response["Error"]
    told.pop("ResponseMetadata")
    return told


print(json.dumps([answer(*json.loads(call)) for call in calls], default=str))
