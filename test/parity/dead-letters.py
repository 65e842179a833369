"""Dead letters by boto3, which was taught our model by AWS_DATA_PATH: lists their codes, after it has sent and deleted one."""
import json
import sys

import boto3

endpoint, key, secret, *commands = sys.argv[1:]
client = boto3.client(
    "event-dead-letters",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id=key,
    aws_secret_access_key=secret,
)


def letters():
    pages = client.get_paginator("list_dead_letters").paginate(PaginationConfig={"PageSize": 2})
    return [letter for page in pages for letter in page["deadLetters"]]


for command in commands:
    if command == "send":
        client.send_dead_letter(deadLetterId=letters()[0]["deadLetterId"])
    if command == "delete":
        client.delete_dead_letter(deadLetterId=letters()[0]["deadLetterId"])
print(json.dumps([letter["errorCode"] for letter in letters()]))
