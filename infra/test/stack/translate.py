"""Prints as JSON what a SAM template becomes in CloudFormation.

usage: translate.py TEMPLATE [NAME=VALUE ...]

Does offline what `sam deploy` does with the help of AWS: code lies at
s3://code/FUNCTION.zip as if it had been packaged, and the definition of a state
machine, read from the file beside the template, stands in the output.
"""
import json
import logging
import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.WARNING)
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")


class NoManagedPolicies:
    """SAM asks AWS for the ARNs of managed policies; this template names none."""

    def load(self):
        return {}


def main(path, *pairs):
    with open(path, encoding="utf-8") as f:
        template = yaml_parse(f.read())
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for name, resource in template["Resources"].items():
        properties = resource.setdefault("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = f"s3://code/{name}.zip"
        if resource["Type"] == "AWS::Serverless::StateMachine":
            beside = os.path.join(os.path.dirname(path), properties.pop("DefinitionUri"))
            with open(beside, encoding="utf-8") as f:
                properties["Definition"] = json.load(f)
    parameters = dict(pair.split("=", 1) for pair in pairs)
    json.dump(transform(template, parameters, NoManagedPolicies()), sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
