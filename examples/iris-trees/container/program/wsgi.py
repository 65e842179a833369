"""The HTTP side of the model: GET /ping, GET /execution-parameters, POST /invocations."""
import json

import predictor

ACCEPTED = ('text/csv', 'application/json')


def app(environ, start_response):
    route = ROUTES.get((environ['REQUEST_METHOD'], environ['PATH_INFO']))
    status, content_type, body = route(environ) if route else problem('404 Not Found', 'no such path')
    start_response(status, [('Content-Type', content_type), ('Content-Length', str(len(body)))])
    return [body]


def ping(_environ):
    # Gunicorn loads this module before it listens: whoever reaches this line reaches a loaded model.
    return '200 OK', 'text/plain', b''


def execution_parameters(_environ):
    return ok_json({'MaxConcurrentTransforms': 4, 'BatchStrategy': 'MULTI_RECORD', 'MaxPayloadInMB': 6})


def invocations(environ):
    content_type = media_type(environ.get('CONTENT_TYPE', ''))
    if content_type != 'text/csv':
        return problem('415 Unsupported Media Type', f'send text/csv, not {content_type or "a body without Content-Type"}')
    accept = choose(environ.get('HTTP_ACCEPT', ''))
    if accept is None:
        return problem('406 Not Acceptable', f'this model answers {" or ".join(ACCEPTED)}, not {environ["HTTP_ACCEPT"]}')
    try:
        labels = predictor.predict(environ['wsgi.input'].read().decode('utf-8'))
    except ValueError as error:
        return problem('400 Bad Request', str(error))
    if accept == 'application/json':
        return ok_json({'predictions': labels})
    return '200 OK', 'text/csv', ''.join(f'{label}\n' for label in labels).encode()


def media_type(header):
    return header.split(';')[0].strip().lower()


def choose(header):
    """The first acceptable type of an Accept header; CSV when the caller has no wish."""
    wishes = [media_type(wish) for wish in header.split(',')]
    for wish in wishes:
        if wish in ACCEPTED:
            return wish
    return 'text/csv' if {'', '*/*', 'text/*'} & set(wishes) else None


def ok_json(value):
    return '200 OK', 'application/json', json.dumps(value).encode()


def problem(status, message):
    return status, 'text/plain', f'{message}\n'.encode()


ROUTES = {
    ('GET', '/ping'): ping,
    ('GET', '/execution-parameters'): execution_parameters,
    ('POST', '/invocations'): invocations,
}
