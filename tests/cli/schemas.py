# SPDX-License-Identifier: GPL-2.0-or-later
"""What JSON the commands print, by the schemas that are shipped."""
import json
import os

import jsonschema

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'cli', 'schemas')
checked = set()


def names():
    return {name.removesuffix('.schema.json') for name in os.listdir(FOLDER)}


def schema(name):
    with open(os.path.join(FOLDER, name + '.schema.json'), encoding='utf-8') as file:
        return json.load(file)


def check(name, text):
    """The document, which must be as the schema has it: every key there, and no other one."""
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema(name)).validate(document)
    checked.add(name)
    return document


def closed(part):
    """Every object of a schema has all its keys always, and no other ones."""
    if isinstance(part, list):
        return all(closed(one) for one in part)
    if not isinstance(part, dict):
        return True
    if part.get('type') == 'object' and not (part['additionalProperties'] is False and part['required'] == list(part['properties'])):
        return False
    return all(closed(one) for one in part.values())
