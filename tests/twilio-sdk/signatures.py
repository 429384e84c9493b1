"""Signs requests with Twilio's own library for Python.

Standard input: JSON, a list of {"token", "url", "params": [[name, value], …] or null}. Standard output: their
signatures, as a JSON list.
"""

import json
import sys

from twilio.request_validator import RequestValidator


class Fields:
    """The fields of a form, of which some may come twice, as Flask and Django hand them to the library."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return iter([name for name, _ in self.pairs])

    def __len__(self):
        return len(self.pairs)

    def getlist(self, wanted):
        return [value for name, value in self.pairs if name == wanted]


def signature(request):
    validator = RequestValidator(request["token"])
    return validator.compute_signature(request["url"], Fields(request["params"] or []))


print(json.dumps([signature(request) for request in json.load(sys.stdin)]))
