"""What a container that is not isolated reaches of the platform, by its role's credentials and by the standard library alone."""
import datetime
import hashlib
import hmac
import json
import os
import urllib.error
import urllib.request

CREDENTIALS = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
NOT_FOR_CONTAINERS = ['/', '/healthz', '/readyz', '/metrics', '/v2/', '/v2/_catalog', '/console/', '/console-session/', '/credentials/x']


def report(bucket, other):
    """All of it as JSON; None where the container has no credentials."""
    if CREDENTIALS not in os.environ:
        return None
    credentials = get_json(os.environ[CREDENTIALS])
    key = f'outreach/{credentials["AccessKeyId"]}'
    return {
        'credentials': credentials,
        'again': get_json(os.environ[CREDENTIALS])['AccessKeyId'],
        'put': ask(credentials, 's3', 'PUT', f'/{bucket}/{key}', b'from inside')[0],
        'got': ask(credentials, 's3', 'GET', f'/{bucket}/{key}')[1],
        'elsewhere': ask(credentials, 's3', 'GET', f'/{other}/{key}'),
        'identity': ask(credentials, 'sts', 'POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM)[1],
        'logs': ask(credentials, 'logs', 'POST', '/', b'{}', target('Logs_20140328.DescribeLogGroups'))[0],
        'sagemaker': ask(credentials, 'sagemaker', 'POST', '/', b'{}', target('SageMaker.ListModels')),
        'unsigned': {path: ask(None, None, 'GET', path)[0] for path in NOT_FOR_CONTAINERS},
    }


FORM = {'content-type': 'application/x-www-form-urlencoded'}


def target(name):
    return {'content-type': 'application/x-amz-json-1.1', 'x-amz-target': name}


def get_json(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def ask(credentials, service, method, path, body=b'', headers=()):
    """The status and text of the answer; signed with signature version 4 where there are credentials."""
    url = os.environ['AWS_ENDPOINT_URL'] + path
    sent = signed(credentials, service, method, url, body, dict(headers)) if credentials else dict(headers)
    request = urllib.request.Request(url, data=body or None, method=method, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signed(credentials, service, method, url, body, headers):
    host, path = url.split('://')[1].split('/', 1)
    time = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
    scope = f'{time[:8]}/{os.environ["AWS_REGION"]}/{service}/aws4_request'
    headers |= {
        'host': host,
        'x-amz-date': time,
        'x-amz-content-sha256': hashlib.sha256(body).hexdigest(),
        'x-amz-security-token': credentials['Token'],
    }
    names = ';'.join(sorted(headers))
    lines = ''.join(f'{name}:{headers[name]}\n' for name in sorted(headers))
    request = f'{method}\n/{path}\n\n{lines}\n{names}\n{headers["x-amz-content-sha256"]}'
    text = f'AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}'
    key = f'AWS4{credentials["SecretAccessKey"]}'.encode()
    for part in scope.split('/'):
        key = hmac.digest(key, part.encode(), 'sha256')
    signature = hmac.digest(key, text.encode(), 'sha256').hex()
    by = f'AWS4-HMAC-SHA256 Credential={credentials["AccessKeyId"]}/{scope}, SignedHeaders={names}, Signature={signature}'
    return {**headers, 'authorization': by}
