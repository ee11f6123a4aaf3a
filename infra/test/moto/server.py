"""Runs moto on a free port of the loopback and prints its address.

usage: server.py [CALLBACK_PORT]

CALLBACK_PORT is where the engine of state machines sends its own calls to AWS
(on this host); without it they go to this server. The server ends when its
standard input does.
"""
import copy
import json
import os
import sys
import threading
import traceback

from flask import got_request_exception
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions import models
from werkzeug.serving import WSGIRequestHandler, make_server


def copy_without_executions(machine, memo):
    """Starting an execution copies the state machine with all that ran before,
    threads included, which cannot be copied: leave those out."""
    twin = machine.__class__.__new__(machine.__class__)
    memo[id(machine)] = twin
    for name, value in machine.__dict__.items():
        if name == "executions":
            twin.__dict__[name] = []
        elif name == "backend":
            twin.__dict__[name] = value
        else:
            twin.__dict__[name] = copy.deepcopy(value, memo)
    return twin


models.StateMachine.__deepcopy__ = copy_without_executions


class Quiet(WSGIRequestHandler):
    def log_request(self, *args):
        pass


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main(callback_port=None):
    got_request_exception.connect(lambda *_, **__: traceback.print_exc(), weak=False)
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Quiet)
    os.environ["MOTO_PORT"] = callback_port or str(server.server_port)
    threading.Thread(target=end_with_parent, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
