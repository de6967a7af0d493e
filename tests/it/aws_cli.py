"""The AWS CLI as far as `auditpack import --script` needs it: names, options, paging and printing by botocore's models.

    python aws_cli.py SOCKET     answers the command lines that arrive there, so that models are read once;
                                 `aws` is then a script that sends its own command line.
"""

import base64
import datetime
import json
import os
import socketserver
import sys
import threading

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

SESSION = botocore.session.get_session()
NAMES = {"configservice": "config"}
CLIENTS, LOCK = {}, threading.Lock()


class Usage(Exception):
    pass


def client(service, region):
    with LOCK:
        if (service, region) not in CLIENTS:
            CLIENTS[service, region] = SESSION.create_client(service, region_name=region)
        return CLIENTS[service, region]


def value(text, shape, folder):
    if text.startswith("file://"):
        with open(os.path.join(folder, text[len("file://"):])) as file:
            return file.read()
    if shape.type_name == "list" and shape.member.type_name == "structure":
        return [dict(part.split("=", 1) for part in text.split(","))]
    if shape.type_name != "string":
        raise Usage(f"{shape.name} is a {shape.type_name}")
    if shape.enum and text not in shape.enum:
        raise Usage(f"{text} is none of {shape.enum}")
    return text


def printed(thing):
    if isinstance(thing, (datetime.datetime, datetime.date)):
        return thing.isoformat()
    if isinstance(thing, bytes):
        return base64.b64encode(thing).decode()
    raise TypeError(thing)


def asked(words, folder):
    if len(words) < 2:
        raise Usage("a service and an operation are needed")
    service = NAMES.get(words[0], words[0])
    if words[0] in NAMES.values() or service not in SESSION.get_available_services():
        raise Usage(f"{words[0]} is no service")
    model = SESSION.get_service_model(service)
    operation = {xform_name(name, "-"): name for name in model.operation_names}.get(words[1])
    if operation is None:
        raise Usage(f"{words[0]} has no operation {words[1]}")
    shape = model.operation_model(operation).input_shape
    members = {"--" + xform_name(name, "-"): name for name in shape.members} if shape else {}
    region, most, parameters, rest = "us-east-1", None, {}, iter(words[2:])
    for option in rest:
        if option in members and shape.members[members[option]].type_name == "boolean":
            parameters[members[option]] = True
            continue
        text = next(rest, None)
        if text is None:
            raise Usage(f"{option} needs a value")
        if option == "--cli-input-json":
            parameters.update(json.loads(text))
        elif option == "--region":
            region = text
        elif option == "--max-items":
            most = int(text)
        elif option in members:
            parameters[members[option]] = value(text, shape.members[members[option]], folder)
        elif (option, text) != ("--output", "json"):
            raise Usage(f"unknown option {option}")
    absent = [name for name in (shape.required_members if shape else []) if name not in parameters]
    if absent:
        raise Usage(f"{operation} needs {absent}")
    method, aws = xform_name(operation), client(service, region)
    if aws.can_paginate(method):
        pages = aws.get_paginator(method).paginate(PaginationConfig={"MaxItems": most}, **parameters)
        answer = pages.build_full_result()
    else:
        answer = getattr(aws, method)(**parameters)
    answer.pop("ResponseMetadata", None)
    return answer


def run(words, folder):
    try:
        text = json.dumps(asked(words, folder), indent=4, default=printed, ensure_ascii=False)
        return {"code": 0, "out": text + "\n", "err": ""}
    except ClientError as error:
        return {"code": 254, "out": "", "err": f"\n{error}\n"}
    except (Usage, ParamValidationError) as error:
        return {"code": 252, "out": "", "err": f"usage: aws: error: {error}\n"}


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        folder, words = json.loads(self.rfile.readline())
        self.wfile.write(json.dumps(run(words, folder)).encode())


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    Server(sys.argv[1], Handler).serve_forever()
